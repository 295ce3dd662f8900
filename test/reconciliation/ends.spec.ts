import { beforeEach, describe, expect, it } from 'vitest';
import { OssUploadTicket } from '../../src/index.js';
import { useTestApp } from '../support/test-app.js';

const DAY_SECONDS = 86_400;

describe('an upload of which nothing can be found out', () => {
  let lines: string[] = [];
  const hear = (line: unknown) => void lines.push(String(line));
  const logger = { log: hear, warn: hear, error: hear };
  const app = useTestApp({ platform: 'Fastify', hasNoSchedule: true, logger });
  let count = 0;

  beforeEach(async () => {
    lines = [];
    await app.dataSource.query('DELETE FROM oss_upload_tickets');
    await app.dataSource.query('DELETE FROM oss_uploads');
    app.oss.faults.clear();
    app.oss.faults.inject(
      { at: 'head-object', effect: 'answer', status: 503 },
      { times: Infinity },
    );
  });

  async function authorise() {
    const object = `ends/${(count += 1)}.txt`;
    const { uploadId, url, headers } = await app.uploads.authorizePutObject({ object });
    const put = async () => (await fetch(url, { method: 'PUT', headers, body: 'hello' })).status;
    return { uploadId, object, put };
  }

  /** Its time ran out so long ago, and it is due now. */
  async function end(uploadId: string, secondsAgo: number) {
    await app.dataSource.query(
      `UPDATE oss_upload_tickets SET next_lookup_at = now(),
        expires_at = now() - ($2 + 3600) * interval '1 second', accept_until = now() - $2 * interval '1 second'
      WHERE id = $1`,
      [uploadId, secondsAgo],
    );
    await app.dataSource.query(
      `UPDATE oss_uploads SET next_attempt_at = now(), received_at = now() - ($2 + 3600) * interval '1 second'
      WHERE id = $1`,
      [uploadId, secondsAgo],
    );
  }
  const ticketOf = (id: string) => app.dataSource.manager.findOneByOrFail(OssUploadTicket, { id });
  const outcomesOf = async () => (await app.reconciler.run()).uploads.map(({ outcome }) => outcome);

  it('is looked for each hour after its ticket has ended, not each minute', async () => {
    const { uploadId } = await authorise();
    for (const days of [0.01, 1, 6.9]) {
      await end(uploadId, days * DAY_SECONDS);
      expect(await outcomesOf()).toEqual(['unavailable']);
      const ticket = await ticketOf(uploadId);
      const pause = ticket.nextLookupAt!.getTime() - Date.now();
      expect(ticket.status).toBe('open');
      expect(pause / 60_000).toBeGreaterThan(59);
      expect(pause / 60_000).toBeLessThan(61);
    }
  });

  it.each([7, 400])(
    'is given up %d days after its ticket has ended, which says so',
    async (days) => {
      const { uploadId } = await authorise();
      await end(uploadId, days * DAY_SECONDS);
      expect((await app.reconciler.run({ dryRun: true })).uploads).toMatchObject([
        { uploadId, outcome: 'unresolved' },
      ]);
      expect(await outcomesOf()).toEqual(['unresolved']);
      expect(await ticketOf(uploadId)).toMatchObject({
        status: 'unresolved',
        closedAt: expect.any(Date),
        nextLookupAt: null,
      });
      expect(await app.uploads.status(uploadId)).toMatchObject({ status: 'unresolved' });
      expect((await app.audit.tickets({ status: 'unresolved' })).tickets).toMatchObject([
        { id: uploadId },
      ]);
      expect(lines).toContainEqual(
        expect.stringMatching(new RegExp(`^Upload ${uploadId} is unresolved: HEAD returned 503`)),
      );
      expect(await outcomesOf()).toEqual([]);
    },
  );

  it('ends as its bucket says, where that answers at last', async () => {
    const { uploadId } = await authorise();
    await end(uploadId, 400 * DAY_SECONDS);
    app.oss.faults.clear();
    expect(await outcomesOf()).toEqual(['expired']);
    expect(await ticketOf(uploadId)).toMatchObject({ status: 'expired' });
  });

  it('that was reported is abandoned seven days after its ticket has ended, with the reason', async () => {
    const { uploadId, put } = await authorise();
    expect(await put()).toBe(203);
    await end(uploadId, 6.9 * DAY_SECONDS);
    await app.reconciler.run();
    expect(await app.audit.get(uploadId)).toMatchObject({ status: 'received' });

    await end(uploadId, 7 * DAY_SECONDS);
    expect(await outcomesOf()).toEqual(['abandoned']);
    expect(await app.audit.get(uploadId)).toMatchObject({
      status: 'abandoned',
      nextAttemptAt: null,
      lastError: expect.stringMatching(
        /^its object could not be confirmed until 7 days after .*: HEAD returned 503/,
      ),
    });
    expect(await ticketOf(uploadId)).toMatchObject({ status: 'expired' });
    expect(lines).toContainEqual(
      expect.stringMatching(
        new RegExp(`^Upload ${uploadId} is ABANDONED after 7 days: .*: HEAD returned 503`),
      ),
    );
    expect(await outcomesOf()).toEqual([]);
  });

  it('that was reported, and whose ticket is gone, is abandoned as well', async () => {
    const { uploadId, put } = await authorise();
    expect(await put()).toBe(203);
    await end(uploadId, 8 * DAY_SECONDS);
    await app.dataSource.query('DELETE FROM oss_upload_tickets');
    expect(await outcomesOf()).toEqual(['abandoned']);
  });

  it('since the app does not know its bucket any more, ends thirty days later, with and without a record', async () => {
    const lost = await authorise();
    const reported = await authorise();
    expect(await reported.put()).toBe(203);
    for (const table of ['oss_upload_tickets', 'oss_uploads']) {
      await app.dataSource.query(`UPDATE ${table} SET bucket = 'former'`);
    }
    for (const { uploadId } of [lost, reported]) await end(uploadId, 29 * DAY_SECONDS);
    expect(await outcomesOf()).toEqual([]);
    for (const { uploadId } of [lost, reported]) await end(uploadId, 30 * DAY_SECONDS);
    expect((await outcomesOf()).toSorted()).toEqual(['abandoned', 'unresolved']);
    expect(await ticketOf(lost.uploadId)).toMatchObject({ status: 'unresolved' });
    expect(await app.audit.get(reported.uploadId)).toMatchObject({
      status: 'abandoned',
      lastError: expect.stringContaining('the bucket "former" is not among the option "buckets"'),
    });
    expect(await outcomesOf()).toEqual([]);
  });
});
