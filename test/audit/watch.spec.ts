import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UploadFeed } from '../../src/records/feed/upload-feed.js';
import { OssUpload, type OssUploadEvent, type OssUploadWatch } from '../../src/index.js';
import { createAuditWorld } from './audit-world.js';
import { useWorld } from '../support/test-app.js';

let feed: UploadFeed;

const world = useWorld(createAuditWorld, beforeEach);
beforeEach(() => {
  feed = new UploadFeed(world.dataSource, 10);
});
afterEach(() => feed.close());

async function nextEvent(watch: OssUploadWatch): Promise<OssUploadEvent> {
  const { done, value } = await watch.next();
  if (done) throw new Error('the watch has ended');
  return value;
}

/** What is told until the object is told in the status. */
async function eventsUntil(watch: OssUploadWatch, object: string, status = 'completed') {
  const told: string[] = [];
  for await (const event of { [Symbol.asyncIterator]: () => ({ next: () => watch.next() }) }) {
    if (event.type !== 'upload') told.push(event.type);
    else told.push(`${event.upload.object} ${event.upload.status}`);
    if (told.at(-1) === `${object} ${status}`) return told;
  }
  throw new Error(`it ended after ${told.join()}`);
}

const recently = () => new Date();
const longAgo = new Date(Date.now() - 3_600_000);

function complete(id: string) {
  const { manager } = world.dataSource;
  return manager.update(OssUpload, { id }, { status: 'completed', completedAt: new Date() });
}

it('tells what is new once it is ready, from any process, and each once', async () => {
  await world.add({ object: 'before', receivedAt: recently() });
  const watch = feed.watch({});
  expect(await nextEvent(watch)).toEqual({ type: 'ready' });
  const added = await world.add({ object: 'one', receivedAt: recently() });
  expect(await nextEvent(watch)).toEqual({ type: 'upload', upload: added });
  await world.add({ object: 'two', receivedAt: recently() });
  expect(await eventsUntil(watch, 'two')).toEqual(['two completed']);
});

it('tells what becomes visible a while after it was received', async () => {
  const watch = feed.watch({});
  await nextEvent(watch);
  await world.add({ object: 'late', receivedAt: new Date(Date.now() - 8_000) });
  expect(await eventsUntil(watch, 'late')).toEqual(['late completed']);
});

it('tells how an upload goes on, also one that was there before', async () => {
  const waiting = await world.add({ object: 'waiting', status: 'failed', receivedAt: longAgo });
  const watch = feed.watch({});
  await nextEvent(watch);
  const added = await world.add({ object: 'new', status: 'received', receivedAt: recently() });
  expect(await eventsUntil(watch, 'new', 'received')).toEqual(['new received']);
  await complete(added.id);
  expect(await eventsUntil(watch, 'new')).toEqual(['new completed']);
  await complete(waiting.id);
  expect(await eventsUntil(watch, 'waiting')).toEqual(['waiting completed']);
});

it('keeps to its filter', async () => {
  const mine = feed.watch({ owner: 'me', bucket: 'uploads' });
  await nextEvent(mine);
  await world.addAll([
    { object: 'theirs', owner: 'you', receivedAt: recently() },
    { object: 'elsewhere', owner: 'me', bucket: 'other', receivedAt: recently() },
    { object: 'ownerless', receivedAt: recently() },
  ]);
  await world.add({ object: 'mine', owner: 'me', receivedAt: recently() });
  expect(await eventsUntil(mine, 'mine')).toEqual(['mine completed']);
});

it('gives one who reads slowly the last state of each, and says when that is too much', async () => {
  const [slow, quick] = [feed.watch({ owner: 'slow' }), feed.watch({})];
  await nextEvent(slow);
  await nextEvent(quick);
  const added = await world.add({
    object: 'a',
    owner: 'slow',
    status: 'received',
    receivedAt: recently(),
  });
  await eventsUntil(quick, 'a', 'received');
  await complete(added.id);
  await eventsUntil(quick, 'a');
  expect(await eventsUntil(slow, 'a')).toEqual(['a completed']);

  for (const round of [1, 2]) {
    const rows = Array.from({ length: 400 }, (_, n) => ({
      object: `${round}-${n}`,
      owner: 'slow',
      receivedAt: new Date(Date.now() - 500 + n),
    }));
    await world.addAll(rows);
    await eventsUntil(quick, `${round}-399`);
  }
  const told = await eventsUntil(slow, '2-399');
  expect(told[0]).toBe('missed');
  expect(told.length).toBeLessThanOrEqual(500);
});

it('asks the database once for all who watch, and not at all without a watch', async () => {
  let polls = 0;
  const { dataSource } = world;
  const query = dataSource.query.bind(dataSource);
  dataSource.query = async (sql: string, ...rest: unknown[]) => {
    if (sql.includes('xmin')) polls += 1;
    return query(sql, ...(rest as []));
  };
  const watches = Array.from({ length: 10 }, () => feed.watch({}));
  for (const watch of watches) await nextEvent(watch);
  await world.add({ object: 'a', receivedAt: recently() });
  const before = polls;
  await eventsUntil(watches[0]!, 'a');
  expect(polls - before).toBeLessThanOrEqual(3);
  for (const watch of watches.slice(1)) expect(await eventsUntil(watch, 'a')).toHaveLength(1);
  for (const watch of watches) watch.close();
  const after = polls;
  for (let turn = 0; turn < 30; turn += 1) await query('SELECT pg_sleep(0.001)');
  expect(polls).toBe(after);
});

it('goes on when the database is back', async () => {
  const { dataSource } = world;
  const watch = feed.watch({});
  await nextEvent(watch);
  const query = dataSource.query.bind(dataSource);
  const failed = new Promise<void>((resolve) => {
    dataSource.query = async () => {
      resolve();
      throw new Error('the database is away');
    };
  });
  await failed;
  dataSource.query = query;
  await world.add({ object: 'after', receivedAt: recently() });
  expect(await eventsUntil(watch, 'after')).toEqual(['after completed']);
});

it('ends where it is left, closed, or the app shuts down', async () => {
  const [left, closed, other] = [feed.watch({}), feed.watch({}), feed.watch({})];
  for await (const { type } of left) if (type === 'ready') break;
  expect(await left.next()).toEqual({ done: true, value: undefined });
  await nextEvent(closed);
  await nextEvent(other);
  const waiting = closed.next();
  closed.close();
  expect(await waiting).toEqual({ done: true, value: undefined });
  const last = other.next();
  feed.close();
  expect(await last).toEqual({ done: true, value: undefined });
  expect(await feed.watch({}).next()).toEqual({ done: true, value: undefined });
});

it('does not let more watch than it can serve', async () => {
  const watches = Array.from({ length: 1_000 }, () => feed.watch({}));
  expect(() => feed.watch({})).toThrow(
    expect.objectContaining({ code: 'OVERLOADED', status: 503 }) as Error,
  );
  watches[0]!.close();
  expect(await nextEvent(feed.watch({}))).toEqual({ type: 'ready' });
});

describe('where all places are taken', () => {
  const overloaded = expect.objectContaining({ code: 'OVERLOADED', status: 503 }) as Error;
  const end = { done: true, value: undefined };

  /** Takes the places that are left. */
  const fill = (count: number, viewer?: string) =>
    Array.from({ length: count }, () => feed.watch({}, { viewer }));

  it('a viewer with many gives up his oldest ones to others, and gets no more himself', async () => {
    const [ann, others] = [fill(990, 'ann'), fill(10)];
    expect(() => feed.watch({}, { viewer: 'ann' })).toThrow(overloaded);
    const bob = feed.watch({}, { viewer: 'bob' });
    expect(await nextEvent(bob)).toEqual({ type: 'ready' });
    const unnamed = feed.watch({});
    expect(await nextEvent(unnamed)).toEqual({ type: 'ready' });
    for (const gone of ann.slice(0, 2)) expect(await gone.next()).toEqual(end);
    for (const kept of [ann[2]!, ann.at(-1)!, ...others, bob]) {
      kept.signal('missed');
      expect((await kept.next()).done).toBe(false);
    }
    expect(() => feed.watch({}, { viewer: 'ann' })).toThrow(overloaded);
  });

  it('a fair share is not taken away', () => {
    fill(500, 'ann');
    fill(500, 'bob');
    const carl = fill(333, 'carl');
    expect(carl).toHaveLength(333);
    for (const viewer of ['ann', 'bob', 'carl']) {
      expect(() => feed.watch({}, { viewer })).toThrow(overloaded);
    }
    for (let viewer = 0; viewer < 997; viewer += 1) fill(1, `viewer ${viewer}`);
    expect(() => feed.watch({}, { viewer: 'one more' })).toThrow(overloaded);
  });
});
