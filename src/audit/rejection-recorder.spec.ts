import type { DataSource } from 'typeorm';
import { describe, expect, it, vi } from 'vitest';
import { RejectionRecorder } from './rejection-recorder.js';

const FACTS = {
  code: 'TICKET_MISSING',
  reason: '',
  signed: true,
  url: '/oss/callback',
  publicKeyUrl: null,
  remoteAddress: null,
  bodyDigest: null,
  bodyBytes: 0,
  uploadId: null,
};

describe('RejectionRecorder', () => {
  it('keeps no more than 600 in a minute, whoever sends them', async () => {
    let written = 0;
    const query = {
      insert: () => query,
      into: () => query,
      values: (batch: unknown[]) => ((written += batch.length), query),
      updateEntity: () => query,
      execute: () => Promise.resolve(),
    };
    vi.useFakeTimers({ now: new Date('2026-01-01T00:00:00Z'), toFake: ['Date'] });
    try {
      const dataSource = { createQueryBuilder: () => query } as unknown as DataSource;
      const recorder = new RejectionRecorder(dataSource);
      for (let count = 0; count < 700; count += 1) recorder.add(FACTS);
      await recorder.flush();
      expect(written).toBe(600);
      vi.setSystemTime(new Date('2026-01-01T00:01:00Z'));
      recorder.add(FACTS);
      await recorder.flush();
      expect(written).toBe(601);
    } finally {
      vi.useRealTimers();
    }
  });

  it.each([0, 1, 2, 3, 4, 5])(
    'writes what is added %i turns after the batch before it',
    async (turns) => {
      const written: unknown[] = [];
      let release = () => {};
      const inserted = new Promise<void>((resolve) => (release = resolve));
      const query = {
        insert: () => query,
        into: () => query,
        values: (batch: unknown[]) => (written.push(...batch), query),
        updateEntity: () => query,
        execute: () => inserted,
      };
      const dataSource = { createQueryBuilder: () => query } as unknown as DataSource;
      const recorder = new RejectionRecorder(dataSource);
      recorder.add(FACTS);
      let turn = inserted;
      for (let count = 0; count < turns; count += 1) turn = turn.then(() => undefined);
      const added = turn.then(() => recorder.add(FACTS));
      release();
      await added;
      await recorder.flush();
      expect(written).toHaveLength(2);
    },
  );
});
