import { IsString } from 'class-validator';
import { describe, expect, it } from 'vitest';
import {
  CustomVariablesDto,
  decodeCallback,
  encodeCallback,
  type UploadRequest,
} from '../../src/index.js';
import { BUCKET, startOss, useTestApp } from '../support/test-app.js';
import { sendForm, sendPut, type UploadAnswer } from './send-upload.js';

class AlbumVariables extends CustomVariablesDto {
  @IsString() album!: string;
}

type Texts = Record<string, string>;
/** Who refuses: OSS by the policy or the signature; or the app, to which OSS reports what is stored by then. */
type Refusal = 'policy' | 'signature' | 'app';

const refusals: Record<Refusal, { status: number; words: RegExp; isStored: boolean }> = {
  policy: {
    status: 403,
    words: /AccessDenied.*Invalid according to Policy: Policy Condition failed/s,
    isStored: false,
  },
  signature: { status: 403, words: /SignatureDoesNotMatch/, isStored: false },
  app: { status: 203, words: /CallbackFailed.*Error status : 4\d\d\./s, isStored: true },
};

/** Changes, adds or (with `undefined`) leaves out fields or headers. */
const set =
  (changes: Record<string, string | undefined>) =>
  (given: Texts): Texts =>
    Object.fromEntries(
      Object.entries({ ...given, ...changes }).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      ),
    );

/** The callback of an upload with something else in its template. */
const alterCallback = (callback: string, alter: (body: string) => string): string => {
  const decoded = decodeCallback(callback);
  if (!decoded.ok) throw new Error(decoded.message);
  const { parameter } = decoded;
  return encodeCallback({ ...parameter, body: alter(parameter.body) }).callback;
};
const withoutTicket = (body: string) => body.replace(/&x:ticket=[\w-]+/, '');
const withOwnVariable = (body: string) => body.replace('${x:album}', '8');
const elsewhere = encodeCallback({ urls: ['http://127.0.0.1:1/'], body: 'a=1' }).callback;

/** What OSS may do with conditions on `x:` fields. */
const variableConditions = ['enforce', 'ignore', 'refuse'] as const;

const title = 'what an uploader can change where OSS would %s conditions on x: fields';
describe.each(variableConditions)(title, (variableConditions) => {
  const app = useTestApp({ createOss: () => startOss({ variableConditions }) });
  let count = 0;

  function request(): UploadRequest {
    return {
      object: `pinned/${(count += 1)}.txt`,
      owner: 'user-1',
      minSizeBytes: 2,
      maxSizeBytes: 10,
      contentTypes: ['text/plain'],
      variables: Object.assign(new AlbumVariables(), { album: '7' }),
    };
  }

  async function expectRefused(
    answer: UploadAnswer,
    refusal: Refusal,
    { uploadId, object }: { uploadId: string; object: string },
  ) {
    const { status, words, isStored } = refusals[refusal];
    expect([answer.status, answer.text]).toEqual([status, expect.stringMatching(words)]);
    expect((await app.audit.get(uploadId))?.status ?? 'none').toMatch(/^(none|rejected)$/);
    const objects = app.oss.objects.list(BUCKET).map((stored) => stored.object);
    expect(objects.includes(object)).toBe(isStored);
  }

  describe('of a form', () => {
    it.each<[string, (fields: Texts) => Texts, Refusal]>([
      ['another key', set({ key: 'pinned/other.txt' }), 'policy'],
      ['an upload id of his own', set({ 'x-oss-meta-upload-id': 'mine' }), 'policy'],
      ['no upload id', set({ 'x-oss-meta-upload-id': undefined }), 'policy'],
      ['another type', set({ 'x-oss-content-type': 'text/html' }), 'policy'],
      ['no type', set({ 'x-oss-content-type': undefined }), 'policy'],
      ['a public ACL', set({ 'x-oss-object-acl': 'public-read' }), 'policy'],
      ['no ACL', set({ 'x-oss-object-acl': undefined }), 'policy'],
      ['leave to overwrite', set({ 'x-oss-forbid-overwrite': 'false' }), 'policy'],
      ['nothing of overwriting', set({ 'x-oss-forbid-overwrite': undefined }), 'policy'],
      ['no callback', set({ callback: undefined }), 'policy'],
      ['an empty callback', set({ callback: '' }), 'policy'],
      ['a callback elsewhere', set({ callback: elsewhere }), 'policy'],
      [
        'a callback without the ticket',
        (fields) => ({ ...fields, callback: alterCallback(fields.callback!, withoutTicket) }),
        'policy',
      ],
      [
        'a callback with his own value',
        (fields) => ({ ...fields, callback: alterCallback(fields.callback!, withOwnVariable) }),
        'policy',
      ],
      ['another status for success', set({ success_action_status: '201' }), 'policy'],
      ['another date', set({ 'x-oss-date': '20300101T000000Z' }), 'policy'],
      ['another variable', set({ 'x:album': '8' }), 'app'],
      ['no variable', set({ 'x:album': undefined }), 'app'],
      ['an empty variable', set({ 'x:album': '' }), 'app'],
    ])('with %s: refused', async (_name, alter, refusal) => {
      const upload = request();
      const { fields, ...form } = await app.uploads.authorizePostObject(upload);
      const altered = alter(fields);
      const isRefusedEarlier = altered['x-oss-date'] !== fields['x-oss-date'];
      const answer = await sendForm({ ...form, fields: altered }, 'hello');
      if (isRefusedEarlier) expect(answer.status).toBeGreaterThanOrEqual(400);
      else
        await expectRefused(answer, refusal, { uploadId: form.uploadId, object: upload.object! });
    });

    it.each([
      ['too small', 'x', /EntityTooSmall/],
      ['too large', 'x'.repeat(11), /EntityTooLarge/],
      ['empty', '', /EntityTooSmall/],
    ])('with a file that is %s: refused by OSS', async (_name, file, words) => {
      const upload = request();
      const form = await app.uploads.authorizePostObject(upload);
      const answer = await sendForm(form, file);
      expect([answer.status, answer.text]).toEqual([400, expect.stringMatching(words)]);
      expect(app.oss.objects.get(BUCKET, upload.object!)).toBeUndefined();
      expect(await app.audit.get(form.uploadId)).toBeNull();
    });

    it('with a file of another type: stored with the type that is pinned', async () => {
      const form = await app.uploads.authorizePostObject(request());
      const answer = await sendForm(form, new Blob(['hello'], { type: 'text/html' }));
      expect(answer.status).toBe(200);
      expect(await app.audit.get(form.uploadId)).toMatchObject({ mimeType: 'text/plain' });
    });

    it.each<[string, string[], string | undefined, Refusal]>([
      ['of several', ['text/plain', 'text/csv'], 'text/html', 'policy'],
      ['of several, and none named', ['text/plain', 'text/csv'], undefined, 'policy'],
      ['of one family', ['image/*'], 'text/html', 'policy'],
      ['of one family, and none named', ['image/*', 'image/svg+xml'], undefined, 'policy'],
      ['of one family, though it begins like one', ['image/*'], 'image/png,text/html', 'app'],
      ['of one family, but two', ['image/*'], 'image/png; a="b", text/html', 'app'],
      ['of one family, but two words', ['image/*'], 'image/png text/html', 'app'],
      ['of one family, but its beginning', ['image/*'], 'image/', 'app'],
      ['of one family, but its name', ['image/*'], 'image/*', 'app'],
      ['of several families', ['image/*', 'video/*'], 'text/html', 'app'],
      ['of several families, and none named', ['image/*', 'video/*'], undefined, 'policy'],
    ])('with a type that is none %s: refused', async (_name, contentTypes, type, refusal) => {
      const upload = { ...request(), contentTypes };
      const { fields, ...form } = await app.uploads.authorizePostObject(upload);
      const altered = set({ 'x-oss-content-type': type })(fields);
      const answer = await sendForm(
        { ...form, fields: altered },
        new Blob(['hello'], { type: 'text/html' }),
      );
      await expectRefused(answer, refusal, { uploadId: form.uploadId, object: upload.object! });
    });

    it('with a type that is one of several: taken', async () => {
      const upload = { ...request(), contentTypes: ['image/*', 'text/csv'] };
      const { fields, ...form } = await app.uploads.authorizePostObject(upload);
      const answer = await sendForm(
        { ...form, fields: { ...fields, 'x-oss-content-type': 'text/csv' } },
        'hello',
      );
      expect(answer.status).toBe(200);
      expect(await app.audit.get(form.uploadId)).toMatchObject({ mimeType: 'text/csv' });
    });
  });

  // it has neither a policy nor such fields
  if (variableConditions !== 'enforce') return;
  describe('of a presigned PUT', () => {
    type Put = { url: string; headers: Texts };
    const headers =
      (changes: Record<string, string | undefined>) =>
      (put: Put): Put => ({ ...put, headers: set(changes)(put.headers) });
    const query =
      (changes: Record<string, string | undefined>) =>
      (put: Put): Put => {
        const url = new URL(put.url);
        const altered = set(changes)(Object.fromEntries(url.searchParams));
        url.search = new URLSearchParams(altered).toString();
        return { ...put, url: url.href };
      };
    const callbackOf = ({ url }: Put) => new URL(url).searchParams.get('callback')!;
    const otherVariables = encodeCallback({ urls: ['http://a/'], body: 'a' }, { 'x:album': '8' });

    it.each<[string, (put: Put) => Put]>([
      ['another object', (put) => ({ ...put, url: put.url.replace('/pinned/', '/other/') })],
      ['another bucket', (put) => ({ ...put, url: put.url.replace(`/${BUCKET}/`, '/others/') })],
      ['an upload id of his own', headers({ 'x-oss-meta-upload-id': 'mine' })],
      ['no upload id', headers({ 'x-oss-meta-upload-id': undefined })],
      ['further metadata', headers({ 'x-oss-meta-role': 'admin' })],
      ['another type', headers({ 'content-type': 'text/html' })],
      ['no type', headers({ 'content-type': undefined })],
      ['a public ACL', headers({ 'x-oss-object-acl': 'public-read' })],
      ['no ACL', headers({ 'x-oss-object-acl': undefined })],
      ['leave to overwrite', headers({ 'x-oss-forbid-overwrite': 'false' })],
      ['nothing of overwriting', headers({ 'x-oss-forbid-overwrite': undefined })],
      ['no callback', query({ callback: undefined })],
      ['a callback elsewhere', query({ callback: elsewhere })],
      ['a second callback', headers({ 'x-oss-callback': elsewhere })],
      [
        'a callback without the ticket',
        (put) => query({ callback: alterCallback(callbackOf(put), withoutTicket) })(put),
      ],
      [
        'a callback with his own value',
        (put) => query({ callback: alterCallback(callbackOf(put), withOwnVariable) })(put),
      ],
      ['another variable', query({ 'callback-var': otherVariables.callbackVar })],
      ['no variables', query({ 'callback-var': undefined })],
      ['second variables', headers({ 'x-oss-callback-var': otherVariables.callbackVar })],
      ['a later end', query({ 'x-oss-expires': '604800' })],
    ])('with %s: refused by OSS', async (_name, alter) => {
      const upload = request();
      const {
        uploadId,
        url,
        headers: given,
        method,
      } = await app.uploads.authorizePutObject(upload);
      const answer = await sendPut({ ...alter({ url, headers: given }), method }, 'hello');
      await expectRefused(answer, 'signature', { uploadId, object: upload.object! });
    });

    it.each([
      ['too small', 'x'],
      ['too large', 'x'.repeat(11)],
      ['empty', ''],
    ])('with a file that is %s: refused by the app', async (_name, body) => {
      const upload = request();
      const put = await app.uploads.authorizePutObject(upload);
      await expectRefused(await sendPut(put, body), 'app', {
        uploadId: put.uploadId,
        object: upload.object!,
      });
    });

    it('with its URL used again: the object stays as it is', async () => {
      const put = await app.uploads.authorizePutObject(request());
      expect((await sendPut(put, 'hello')).status).toBe(200);
      const again = await sendPut(put, 'other');
      expect([again.status, again.text]).toEqual([
        409,
        expect.stringContaining('FileAlreadyExists'),
      ]);
      expect(await app.audit.get(put.uploadId)).toMatchObject({
        status: 'completed',
        supersededEtag: null,
      });
    });
  });
});
