import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  OSS_CALLBACK_CHANNELS,
  type OssInsertMessage,
  OssUploadTicket,
  type PostObjectAuthorisationRequest,
} from '../../src/index.js';
import { sendUpload } from '../../src/testing/index.js';
import { useTestApp } from '../support/test-app.js';

/** The INSERTs of tickets while a test runs, by their number of rows. */
function heardInserts(): number[] {
  const rows: number[] = [];
  const hear = (message: unknown) => rows.push((message as OssInsertMessage).rows);
  subscribe(OSS_CALLBACK_CHANNELS.insert, hear);
  onTestFinished(() => void unsubscribe(OSS_CALLBACK_CHANNELS.insert, hear));
  return rows;
}

describe('forms for many uploads', () => {
  const world = useTestApp();
  const files = (count: number): PostObjectAuthorisationRequest[] =>
    Array.from({ length: count }, (_, n) => ({ objectPrefix: `many/${n}/`, owner: `user-${n}` }));

  it.each([1, 500])('have the tickets of %d requests written with one INSERT', async (count) => {
    const inserts = heardInserts();
    const forms = await world.uploads.authorizePostObjects(files(count));
    expect(inserts).toEqual([count]);
    const tickets = await world.dataSource.getRepository(OssUploadTicket).find();
    const objects = new Map(tickets.map(({ id, object }) => [id, object]));
    forms.forEach(({ uploadId, fields }, n) => {
      expect(fields.key).toBe(`many/${n}/${uploadId}`);
      expect(objects.get(uploadId)).toBe(fields.key);
    });
  });

  it('upload as those of single requests', async () => {
    const [first, second] = await world.uploads.authorizePostObjects(files(2));
    await sendUpload(second!, 'hello');
    expect(await world.audit.status(second!.uploadId)).toMatchObject({
      status: 'completed',
      owner: 'user-1',
    });
    expect(await world.audit.status(first!.uploadId)).toMatchObject({ status: 'pending' });
  });

  it.each([
    ['a property of another type', { object: 7 }],
    ['a size that is none', { object: 'a', maxSizeBytes: NaN }],
    ['a name that forms cannot carry', { object: '${filename}' }],
    ['variables that no callback can carry', { object: 'a', variables: { a: 'x'.repeat(9_000) } }],
    ['nothing at all', null],
  ])('are none where one request has %s, and the error says which', async (_what, request) => {
    const inserts = heardInserts();
    const requests = [...files(2), request as PostObjectAuthorisationRequest];
    await expect(world.uploads.authorizePostObjects(requests)).rejects.toMatchObject({
      code: 'INVALID_UPLOAD_REQUEST',
      message: expect.stringMatching(/^In the request at index 2: /),
      details: { index: 2 },
    });
    expect(inserts).toEqual([]);
  });

  it('are none for an empty list, and no statement', async () => {
    const inserts = heardInserts();
    expect(await world.uploads.authorizePostObjects([])).toEqual([]);
    expect(inserts).toEqual([]);
  });

  it.each([[files(501)], [undefined], [{ length: 1 }]])(
    'are refused for what is no list of at most 500',
    async (requests) => {
      await expect(world.uploads.authorizePostObjects(requests as never)).rejects.toMatchObject({
        code: 'INVALID_UPLOAD_REQUEST',
        message: expect.stringMatching(/^The requests must be a list of at most 500, not /),
      });
    },
  );
});
