import { IsString } from 'class-validator';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { RejectionRecorder } from '../../src/rejections/rejection-recorder.js';
import {
  CustomVariablesDto,
  decodeCallback,
  OssCallbackRejection,
  type PostObjectAuthorisation,
  type UploadRequest,
} from '../../src/index.js';
import type { ObjectInput } from '../../src/simulator/index.js';
import { sendUpload } from '../../src/testing/index.js';
import { BUCKET, startAppForTest, useTestApp } from '../support/test-app.js';
import { reportFromElsewhere, startSharedOss } from './other-customer.js';

class AlbumVariables extends CustomVariablesDto {
  @IsString() album!: string;
}

const OTHER_SECRET = 'b3RoZXIgc2VjcmV0IGZvciB0ZXN0cywgYWxzbyBsb25n';
const CONTENT = 'content';
/** What the bucket says of an object with that content. */
const TRUE_FACTS = {
  size: '7',
  etag: '9A0364B9E99BB480DD25E1F0284C8555',
  crc64: '8883282091546349020',
  mimeType: 'text/plain',
  contentMd5: 'mgNkuembtIDdJeHwKEyFVQ==',
};
const DAY_MS = 86_400_000;

interface Attempt {
  authorisation: PostObjectAuthorisation;
  /** The upload's own ticket, which its uploader can read. */
  ticket: string;
  object: string;
}

/** The body of the callback to forge, from the one that would be true. */
type Forge = (truth: Record<string, string>, attempt: Attempt) => Record<string, string>;

describe('a callback that OSS signed for another customer', () => {
  const app = useTestApp({ platform: 'Fastify', createOss: startSharedOss });
  const callbackUrl = () => `${app.url}/oss/callback`;
  let count = 0;

  afterEach(() => {
    vi.useRealTimers();
  });

  async function authorize(request: Partial<UploadRequest> = {}, by = app): Promise<Attempt> {
    const object = `albums/7/${(count += 1)}.txt`;
    const authorisation = await by.uploads.authorizePostObject({
      object,
      owner: 'user-1',
      minSizeBytes: 1,
      maxSizeBytes: 100,
      contentTypes: ['text/plain'],
      variables: Object.assign(new AlbumVariables(), { album: '7' }),
      overwrite: true,
      ...request,
    });
    return { authorisation, object, ticket: ticketOf(authorisation) };
  }

  async function forge(attempt: Attempt, makeBody: Forge) {
    const body = makeBody(truthOf(attempt), attempt);
    return reportFromElsewhere(app.oss, callbackUrl(), new URLSearchParams(body).toString());
  }

  async function expectRefusal(
    answer: { status: number; json: unknown },
    [status, code, message]: [number, string, string],
  ) {
    expect(answer).toEqual({ status, json: { code, message } });
    await app.app.get(RejectionRecorder).flush();
    const [latest] = await app.dataSource.manager.find(OssCallbackRejection, {
      order: { id: 'DESC' },
      take: 1,
    });
    expect(latest).toMatchObject({ code, signed: true, occurrences: 1, path: '/oss/callback' });
    expect(latest!.bodyDigest).toMatch(/^[0-9a-f]{64}$/);
  }

  async function expectRealUploadCompletes({ authorisation, object }: Attempt) {
    expect((await app.audit.find({ object })).uploads).toEqual([]);
    expect(await send(authorisation)).toEqual([200, { uploadId: authorisation.uploadId }]);
    expect((await app.audit.find({ object })).uploads).toMatchObject([
      {
        id: authorisation.uploadId,
        status: 'completed',
        owner: 'user-1',
        variables: { album: '7' },
        ...TRUE_FACTS,
        size: 7,
      },
    ]);
  }

  it('counts where it tells the truth about an upload of the ticket’s owner', async () => {
    const attempt = await authorize();
    await place(attempt);
    expect(await forge(attempt, (truth) => truth)).toEqual({
      status: 200,
      json: { uploadId: attempt.authorisation.uploadId },
    });
  });

  const invalid: [number, string, string] = [403, 'TICKET_INVALID', 'The ticket is not valid.'];
  const missing: [number, string, string] = [
    403,
    'TICKET_MISSING',
    'The upload carries no ticket.',
  ];
  const malformed: [number, string, string] = [
    400,
    'MALFORMED_BODY',
    'The body of the callback cannot be read.',
  ];
  const altered = (alter: (bytes: Buffer) => Buffer): Forge => {
    return (truth, { ticket }) => ({
      ...truth,
      'x:ticket': alter(Buffer.from(ticket, 'base64url')).toString('base64url'),
    });
  };

  describe('does not count', () => {
    it.each<[string, Forge, [number, string, string]]>([
      ['without a ticket', without('x:ticket'), missing],
      ['with an empty ticket', (truth) => ({ ...truth, 'x:ticket': '' }), invalid],
      ['with half a ticket', altered((bytes) => bytes.subarray(0, bytes.length / 2)), invalid],
      ['with a ticket cut to its terms', altered((bytes) => bytes.subarray(0, -32)), invalid],
      [
        'with a ticket of another alphabet',
        (truth, { ticket }) => ({ ...truth, 'x:ticket': `${ticket}==` }),
        invalid,
      ],
      ['with a ticket that goes on', altered((bytes) => Buffer.concat([bytes, bytes])), invalid],
      ['with a ticket of another kind', altered(setByte(0, 2)), invalid],
      ['with a ticket that asks no upload id of the object', altered(setByte(1, 2)), invalid],
      ['with a ticket of another key id', altered(setByte(2, 0x00)), invalid],
      ['with a ticket of another upload id', altered(setByte(21, 0x00)), invalid],
      ['with a ticket that lasts longer', altered(setByte(22, 0x01)), invalid],
      ['with a smaller least size in the ticket', altered(setByte(35, 0)), invalid],
      ['with a larger size in the ticket', altered(setByte(42, 0xff)), invalid],
      ['with another owner in the ticket', altered(replace('user-1', 'user-2')), invalid],
      ['with no owner in the ticket', altered(replace('\x00\x06user-1', '\x00\x00')), invalid],
      ['with another type in the ticket', altered(replace('text/plain', 'text/xhtml')), invalid],
      [
        'for another bucket',
        (truth) => ({ ...truth, bucket: 'other-customer' }),
        [403, 'BUCKET_UNKNOWN', 'The bucket is not one of this app.'],
      ],
      ['for another object', (truth) => ({ ...truth, object: 'albums/8/1.txt' }), invalid],
      [
        'for an object that looks the same',
        (truth, { object }) => ({ ...truth, object: object.replace('a', 'а') }),
        invalid,
      ],
      ['with a changed variable', (truth) => ({ ...truth, 'x:album': '8' }), invalid],
      ['with one more variable', (truth) => ({ ...truth, 'x:role': 'admin' }), invalid],
      ['without the variable', without('x:album'), invalid],
      ['with the variable emptied', (truth) => ({ ...truth, 'x:album': '' }), invalid],
      [
        'with the variable under another name',
        ({ 'x:album': album = '', ...rest }) => ({ ...rest, 'x:albums': album }),
        invalid,
      ],
      [
        'with a second name for the same variable',
        (truth) => ({ ...truth, album: '8' }),
        malformed,
      ],
      ['without the object’s name', without('object'), invalid],
      ['with a size that is no number', (truth) => ({ ...truth, size: '7 bytes' }), malformed],
      ['with an ETag that is none', (truth) => ({ ...truth, etag: 'latest' }), malformed],
    ])('%s', async (_name, makeBody, refusal) => {
      const attempt = await authorize();
      await place(attempt);
      await expectRefusal(await forge(attempt, makeBody), refusal);
      await expectRealUploadCompletes(attempt);
    });

    it('with a name that appears twice', async () => {
      const attempt = await authorize();
      await place(attempt);
      const body = `${new URLSearchParams(truthOf(attempt)).toString()}&x%3Aalbum=7`;
      await expectRefusal(await reportFromElsewhere(app.oss, callbackUrl(), body), malformed);
      await expectRealUploadCompletes(attempt);
    });

    it('with the ticket of another upload of the same user', async () => {
      const [attempt, other] = [await authorize(), await authorize()];
      await place(attempt);
      const answer = await forge(attempt, (truth) => ({ ...truth, 'x:ticket': other.ticket }));
      await expectRefusal(answer, invalid);
      await expectRealUploadCompletes(attempt);
      await expectRealUploadCompletes(other);
    });

    it('when its ticket has expired', async () => {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 2 * DAY_MS });
      const attempt = await authorize();
      vi.useRealTimers();
      await place(attempt);
      await expectRefusal(await forge(attempt, (truth) => truth), [
        403,
        'TICKET_EXPIRED',
        'The ticket has expired.',
      ]);
      expect((await app.audit.find({ object: attempt.object })).uploads).toEqual([]);
    });

    it.each([
      ['of another app', { publicUrl: 'https://other.example.org' }],
      ['of another environment', { environment: 'staging' }],
      ['of another secret', { tickets: { secrets: [OTHER_SECRET] } }],
    ])('with a ticket %s, though it shares bucket and database', async (_name, options) => {
      const otherApp = await startAppForTest({
        platform: 'Fastify',
        controllers: [],
        oss: app.oss,
        database: app.database,
        options: { ...options, callback: { url: callbackUrl() } },
      });
      const attempt = await authorize({}, otherApp);
      await place(attempt);
      await expectRefusal(await forge(attempt, (truth) => truth), invalid);
      // the other app's genuine upload, sent to this one by mistake
      const [status] = await send(attempt.authorisation);
      expect(status).toBe(203);
      expect((await app.audit.find({ object: attempt.object })).uploads).toEqual([]);
    });
  });

  const mismatch: [number, string, string] = [
    409,
    'OBJECT_MISMATCH',
    'The object is not the one described.',
  ];

  describe('does not count with the uploader’s own valid ticket', () => {
    it('for an object that is not there', async () => {
      const attempt = await authorize();
      await expectRefusal(await forge(attempt, (truth) => truth), [
        409,
        'OBJECT_MISSING',
        'The object is not in the bucket.',
      ]);
      await expectRealUploadCompletes(attempt);
    });

    it.each(
      Object.entries({
        size: '8',
        etag: '00000000000000000000000000000000',
        crc64: '8883282091546349021',
        mimeType: 'text/html',
        contentMd5: 'AAAAAAAAAAAAAAAAAAAAAA==',
      }),
    )('for an object of another %s', async (name, value) => {
      const attempt = await authorize();
      await place(attempt);
      await expectRefusal(await forge(attempt, (truth) => ({ ...truth, [name]: value })), mismatch);
      await expectRealUploadCompletes(attempt);
    });

    it('for an object that came from another upload', async () => {
      const [attempt, other] = [await authorize(), await authorize()];
      await place(attempt, { metadata: { 'upload-id': other.authorisation.uploadId } });
      await expectRefusal(await forge(attempt, (truth) => truth), mismatch);
      await expectRealUploadCompletes(attempt);
    });

    it('of an SDK of his own, whose objects need not name it, for one that was there before', async () => {
      const object = `sdk/${(count += 1)}.txt`;
      const put = () => app.oss.objects.put({ bucket: BUCKET, object, body: CONTENT });
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 10_000 });
      await put();
      vi.useRealTimers();
      const { callback, uploadId } = await app.uploads.authorizeSdk({ object });
      const { callbackBody } = JSON.parse(callback.json.callback) as { callbackBody: string };
      const ticket = new URLSearchParams(callbackBody).get('x:ticket')!;
      const body = new URLSearchParams({ bucket: BUCKET, object, 'x:ticket': ticket }).toString();
      await expectRefusal(await reportFromElsewhere(app.oss, callbackUrl(), body), mismatch);
      expect(await app.uploads.status(uploadId)).toMatchObject({ status: 'pending', upload: null });

      await put();
      expect(await reportFromElsewhere(app.oss, callbackUrl(), body)).toEqual({
        status: 200,
        json: { uploadId },
      });
    });

    it('for an object that came from no upload of this app', async () => {
      const attempt = await authorize();
      await place(attempt, { metadata: {} });
      await expectRefusal(await forge(attempt, (truth) => truth), mismatch);
      await expectRealUploadCompletes(attempt);
    });

    it.each([
      ['size', { body: 'x'.repeat(101) }],
      ['type', { mimeType: 'text/html' }],
    ])('for an object of a %s that the ticket does not allow', async (_name, object) => {
      const attempt = await authorize();
      await place(attempt, object);
      const { bucket, object: key, 'x:album': album, 'x:ticket': ticket } = truthOf(attempt);
      // the true names alone: nothing contradicts the bucket
      const body = { bucket: bucket!, object: key!, 'x:album': album!, 'x:ticket': ticket! };
      await expectRefusal(await forge(attempt, () => body), [
        409,
        'TICKET_LIMITS_BROKEN',
        'The object violates the limits of its ticket.',
      ]);
      expect(await app.audit.get(attempt.authorisation.uploadId)).toMatchObject({
        status: 'rejected',
        completedAt: null,
        lastError: expect.stringMatching(/; (allowed are|at most .* are allowed)/),
      });
    });
  });

  /** Puts an object at the key of an upload, as if it came from that upload. */
  async function place(
    { authorisation, object }: Attempt,
    input: Partial<ObjectInput> = {},
  ): Promise<void> {
    await app.oss.objects.put({
      bucket: BUCKET,
      object,
      body: CONTENT,
      mimeType: 'text/plain',
      metadata: { 'upload-id': authorisation.uploadId },
      ...input,
    });
  }
});

function truthOf({ object, ticket }: Attempt): Record<string, string> {
  return { bucket: BUCKET, object, ...TRUE_FACTS, 'x:album': '7', 'x:ticket': ticket };
}

/** As the uploader reads it in what he was given. */
function ticketOf({ fields }: PostObjectAuthorisation): string {
  const decoded = decodeCallback(fields.callback ?? '');
  if (!decoded.ok) throw new Error(decoded.message);
  return /x:ticket=([\w-]+)/.exec(decoded.parameter.body)?.[1] ?? '';
}

async function send(authorisation: PostObjectAuthorisation): Promise<[number, unknown]> {
  const response = await sendUpload(authorisation, CONTENT);
  const text = await response.text();
  return [response.status, response.status === 200 ? JSON.parse(text) : text];
}

function without(left: string): Forge {
  return (truth) => Object.fromEntries(Object.entries(truth).filter(([name]) => name !== left));
}

function setByte(index: number, value: number): (bytes: Buffer) => Buffer {
  return (bytes) => {
    bytes[index] = bytes[index] === value ? value ^ 0x55 : value;
    return bytes;
  };
}

function replace(text: string, by: string): (bytes: Buffer) => Buffer {
  return (bytes) => {
    const changed = bytes.toString('latin1').replace(text, by);
    expect(changed).not.toBe(bytes.toString('latin1'));
    return Buffer.from(changed, 'latin1');
  };
}
