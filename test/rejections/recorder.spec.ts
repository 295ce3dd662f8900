import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RejectionRecorder } from '../../src/rejections/rejection-recorder.js';
import { RejectionRetention } from '../../src/rejections/rejection-retention.js';
import { openDataSource } from '../support/app-module.js';
import { useDatabase } from '../support/test-app.js';
import { countsOf, facts, insertRows, rowsOf, SIGNED, UNSIGNED } from './rejection-rows.js';

const database = useDatabase(beforeEach);
let dataSource: DataSource;

beforeEach(async () => {
  dataSource = await openDataSource(database.url);
});
afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  if (dataSource.isInitialized) await dataSource.destroy();
});

function createRecorder(rejections = { keepForSeconds: 3_600, maxRows: 100_000 }) {
  const retention = new RejectionRetention(dataSource, { rejections });
  return { retention, recorder: new RejectionRecorder(dataSource, retention) };
}

describe('refused callbacks on record', () => {
  it('keep each signed one, and of the others one a minute with the number of the rest', async () => {
    const { recorder } = createRecorder();
    for (let count = 0; count < 3; count += 1) recorder.add(SIGNED, () => facts());
    for (let count = 0; count < 1_000; count += 1) {
      recorder.add(UNSIGNED, () => facts({ reason: `reason ${count}` }));
    }
    recorder.add({ code: 'KEY_NOT_TRUSTED', signed: false }, () => facts());
    await recorder.flush();
    const rows = await rowsOf(dataSource);
    const seen = rows.map((row) => [row.code, row.signed, row.occurrences, row.reason]);
    expect(seen).toHaveLength(6);
    expect(seen).toEqual(
      expect.arrayContaining([
        ['TICKET_MISSING', true, 1, 'why'],
        ['SIGNATURE_INVALID', false, 1, 'reason 0'],
        ['SIGNATURE_INVALID', false, 999, 'reason 1'],
        ['KEY_NOT_TRUSTED', false, 1, 'why'],
      ]),
    );
  });

  it('give signed ones 600 rows a minute that no noise uses up, and count those beyond', async () => {
    const { recorder } = createRecorder();
    for (let count = 0; count < 5_000; count += 1) recorder.add(UNSIGNED, () => facts());
    for (let count = 0; count < 700; count += 1) recorder.add(SIGNED, () => facts());
    await recorder.flush();
    const rows = (await rowsOf(dataSource)).filter(({ signed }) => signed);
    expect(rows).toHaveLength(601);
    expect(await countsOf(dataSource)).toEqual({ TICKET_MISSING: 700, SIGNATURE_INVALID: 5_000 });
  });

  it('are counted anew in the next minute, without a flush', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { recorder } = createRecorder();
    for (let count = 0; count < 10; count += 1) recorder.add(UNSIGNED, () => facts());
    vi.advanceTimersByTime(60_000);
    for (let count = 0; count < 10; count += 1) recorder.add(UNSIGNED, () => facts());
    vi.useRealTimers();
    await recorder.flush();
    const rows = await rowsOf(dataSource);
    const counts = rows.map(({ occurrences }) => occurrences);
    expect(counts.toSorted((one, other) => one - other)).toEqual([1, 1, 9, 9]);
  });

  it('hold texts of 256 characters at most, and no NUL', async () => {
    const { recorder } = createRecorder();
    const long = `\0${'照'.repeat(100_000)}`;
    recorder.add(SIGNED, () =>
      facts({ reason: long, path: long, publicKeyUrl: long, remoteAddress: long }),
    );
    await recorder.flush();
    const [row] = await rowsOf(dataSource);
    for (const text of [row?.reason, row?.path, row?.publicKeyUrl, row?.remoteAddress]) {
      expect(text).toBe('照'.repeat(255));
    }
  });

  it.each([
    { keepForSeconds: 0, maxRows: 10 },
    { keepForSeconds: 10, maxRows: 0 },
  ])('are none with %o', async (rejections) => {
    const { recorder } = createRecorder(rejections);
    recorder.add(SIGNED, () => facts());
    recorder.add(UNSIGNED, () => facts());
    await recorder.flush();
    expect([await rowsOf(dataSource), recorder.dropped]).toEqual([[], 0]);
  });
});

describe('a database that is away', () => {
  it('costs the records alone: they are counted, and said a few times only', async () => {
    const said: string[] = [];
    const say = (line: unknown) => void said.push(String(line));
    vi.spyOn(Logger.prototype, 'error').mockImplementation(say);
    vi.spyOn(Logger.prototype, 'warn').mockImplementation(say);
    const { recorder } = createRecorder();
    recorder.add(SIGNED, () => facts());
    await recorder.flush();
    await database.drop();
    for (let round = 0; round < 5; round += 1) {
      for (let count = 0; count < 100; count += 1) {
        recorder.add(SIGNED, () => facts());
        recorder.add(UNSIGNED, () => facts());
      }
      await recorder.flush();
    }
    expect(recorder.dropped).toBe(1_000);
    expect(said.filter((line) => line.includes('could not be recorded')).length).toBeLessThan(6);
    expect(said.filter((line) => line.includes('200 refused callbacks were not'))).toHaveLength(5);
  });

  it('is written to again when it is back', async () => {
    vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const { recorder } = createRecorder();
    await dataSource.destroy();
    recorder.add(SIGNED, () => facts());
    await recorder.flush();
    expect(recorder.dropped).toBe(1);
    await dataSource.initialize();
    recorder.add(SIGNED, () => facts());
    await recorder.flush();
    expect([(await rowsOf(dataSource)).length, recorder.dropped]).toEqual([1, 1]);
  });
});

describe('the size of the table', () => {
  it('is held by deleteExpired: old rows first, then those beyond maxRows, a fifth unsigned', async () => {
    const { retention } = createRecorder({ keepForSeconds: 3_600, maxRows: 100 });
    await insertRows(dataSource, 30, { signed: true, secondsAgo: 3_700 });
    await insertRows(dataSource, 30, { signed: false, secondsAgo: 3_700 });
    await insertRows(dataSource, 10, { signed: true, secondsAgo: 200 });
    await insertRows(dataSource, 80, { signed: true, secondsAgo: 100 });
    await insertRows(dataSource, 500, { signed: false, secondsAgo: 50 });
    expect(await retention.deleteExpired(50)).toBe(50);
    expect(await rowsOf(dataSource)).toHaveLength(600);
    expect(await retention.deleteExpired(10_000)).toBe(500);
    const rows = await rowsOf(dataSource);
    expect(rows.filter(({ signed }) => signed)).toHaveLength(80);
    expect(rows.filter(({ signed }) => !signed)).toHaveLength(20);
    const oldest = Math.min(...rows.map(({ rejectedAt }) => rejectedAt.getTime()));
    expect(oldest).toBeGreaterThan(Date.now() - 150_000);
    expect(await retention.deleteExpired(10_000)).toBe(0);
  });

  it('is held by several at once', async () => {
    const { retention } = createRecorder({ keepForSeconds: 3_600, maxRows: 100 });
    await insertRows(dataSource, 2_000, { signed: true, secondsAgo: 100 });
    await Promise.all(Array.from({ length: 4 }, () => retention.deleteExpired(10_000)));
    expect((await rowsOf(dataSource)).length).toBe(80);
  });

  it('is held by the recorder itself, without reconciliation', async () => {
    const { recorder } = createRecorder({ keepForSeconds: 3_600, maxRows: 100 });
    for (let minute = 0; minute < 6; minute += 1) {
      for (let count = 0; count < 600; count += 1) recorder.add(SIGNED, () => facts());
      await recorder.flush();
    }
    expect((await rowsOf(dataSource)).length).toBeLessThanOrEqual(1_080);
  });
});
