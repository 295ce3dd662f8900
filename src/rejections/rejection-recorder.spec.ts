import type { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { type RejectionFacts, RejectionRecorder } from './rejection-recorder.js';
import { RejectionRetention } from './rejection-retention.js';

const SIGNED = { code: 'TICKET_MISSING', signed: true };
const UNSIGNED = { code: 'SIGNATURE_INVALID', signed: false };

function facts(): RejectionFacts {
  return {
    reason: '',
    path: '/oss/callback',
    publicKeyUrl: null,
    remoteAddress: null,
    bodyDigest: null,
    bodyBytes: 0,
    uploadId: null,
  };
}

/** A database that answers when it is told to. */
function createSlowDatabase() {
  const batches: { occurrences: number }[][] = [];
  let release = () => {};
  const inserted = new Promise<void>((resolve) => (release = resolve));
  const query = {
    insert: () => query,
    into: () => query,
    values: (batch: { occurrences: number }[]) => (batches.push(batch), query),
    updateEntity: () => query,
    execute: () => inserted,
  };
  const dataSource = { createQueryBuilder: () => query } as unknown as DataSource;
  const rejections = { keepForSeconds: 60, maxRows: 100_000 };
  const retention = new RejectionRetention(dataSource, { rejections });
  const recorder = new RejectionRecorder(dataSource, retention);
  return { recorder, batches, release, inserted };
}

describe('RejectionRecorder', () => {
  it.each([0, 1, 2, 3, 4, 5])(
    'writes what is added %i turns after the batch before it',
    async (turns) => {
      const { recorder, batches, release, inserted } = createSlowDatabase();
      recorder.add(SIGNED, facts);
      let turn = inserted;
      for (let count = 0; count < turns; count += 1) turn = turn.then(() => undefined);
      const added = turn.then(() => recorder.add(SIGNED, facts));
      release();
      await added;
      await recorder.flush();
      expect(batches.flat()).toHaveLength(2);
    },
  );

  it('holds no more than 1,000 while the database is slow, with room for signed ones', async () => {
    const { recorder, batches, release } = createSlowDatabase();
    // as many codes as rows, so that none is counted instead
    for (let code = 0; code < 5_000; code += 1) {
      recorder.add({ code: `CODE_${code}`, signed: false }, facts);
    }
    expect(recorder.dropped).toBe(4_800);
    for (let count = 0; count < 600; count += 1) recorder.add(SIGNED, facts);
    expect(recorder.dropped).toBe(4_800);
    release();
    await recorder.flush();
    expect(batches.flat()).toHaveLength(800);
    expect(Math.max(...batches.map(({ length }) => length))).toBeLessThanOrEqual(500);
  });

  it('looks at no facts of what is only counted', async () => {
    const { recorder, batches, release } = createSlowDatabase();
    let looks = 0;
    const look = () => ((looks += 1), facts());
    for (let count = 0; count < 10_000; count += 1) recorder.add(UNSIGNED, look);
    release();
    await recorder.flush();
    expect(looks).toBe(2);
    expect(batches.flat().map(({ occurrences }) => occurrences)).toEqual([1, 9_999]);
  });
});
