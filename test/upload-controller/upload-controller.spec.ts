import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { randomBytes } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type MultipartAuthorisation,
  OSS_CALLBACK_CHANNELS,
  type PostObjectAuthorisation,
} from '../../src/index.js';
import { sendUpload } from '../../src/testing/index.js';
import { platforms } from '../support/platforms.js';
import { BUCKET, useTestApp } from '../support/test-app.js';
import { PhotosController, UploadController } from './photos.js';

interface Authorised {
  carrier: string;
  authorisation: PostObjectAuthorisation & MultipartAuthorisation;
}

let names = 0;
const newName = () => `${(names += 1)}.png`;
const png = (size: number, name = newName()) => ({ name, type: 'image/png', size });

describe.each(platforms)('the upload controller on %s', (platform) => {
  const world = useTestApp({
    platform,
    controllers: [PhotosController, UploadController],
    hasNoSchedule: true,
  });

  /** @param user `''` for a client without a session */
  async function ask(method: string, path: string, body?: unknown, user = 'ann') {
    const response = await fetch(`${world.url}/photos/uploads${path}`, {
      method,
      headers: {
        ...(user === '' ? {} : { user }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
    });
    expect(response.headers.get('content-type')).toContain('application/json');
    return { status: response.status, headers: response.headers, body: await response.json() };
  }
  const post = (body: unknown, user?: string) => ask('POST', '', body, user);

  /** A file that has been authorised for Ann. */
  async function authorised(file = png(5), rest: object = {}): Promise<Authorised> {
    const { status, body } = await post({ file, ...rest });
    expect(status).toBe(201);
    return body as Authorised;
  }

  it('takes a file from its wish to the answer and the row', async () => {
    const name = newName();
    const answer = await post({
      file: png(5, name),
      wishes: { folder: 'attic' },
      variables: { albumId: 7 },
    });
    expect(answer).toMatchObject({ status: 201, body: { carrier: 'form' } });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const { authorisation } = answer.body as Authorised;
    expect(authorisation.fields).toMatchObject({
      key: `attic/ann/${name}`,
      'x-oss-content-type': 'image/png',
    });
    const sent = await sendUpload(authorisation, 'hello');
    expect([sent.status, await sent.json()]).toEqual([
      200,
      { key: `attic/ann/${name}`, albumId: 7 },
    ]);
    expect(await world.audit.get(authorisation.uploadId)).toMatchObject({
      owner: 'ann',
      status: 'completed',
      variables: { albumId: '7' },
    });
    expect(await ask('GET', `/${authorisation.uploadId}`)).toMatchObject({
      status: 200,
      body: {
        uploadId: authorisation.uploadId,
        status: 'completed',
        object: `attic/ann/${name}`,
        size: 5,
        mimeType: 'image/png',
        completedAt: expect.any(String),
      },
    });
  });

  it('sends a large file in parts, and gives further ones to its owner', async () => {
    const bytes = randomBytes(250_000);
    const { carrier, authorisation } = await authorised(png(250_000));
    expect(carrier).toBe('multipart');
    expect(authorisation).toMatchObject({ partCount: 3, listParts: { method: 'GET' } });
    const { handle, uploadId } = authorisation;
    const parts = await ask('POST', `/${uploadId}/parts`, { handle, from: 2 });
    expect(parts).toMatchObject({
      status: 201,
      body: { uploadId, parts: [{ partNumber: 2 }, { partNumber: 3 }] },
    });
    expect(await ask('POST', `/${uploadId}/parts`, { handle, from: 2 }, 'bob')).toMatchObject({
      status: 404,
      body: { code: 'UPLOAD_NOT_FOUND' },
    });
    const { uploadId: another } = (await authorised()).authorisation;
    expect(await ask('POST', `/${another}/parts`, { handle, from: 2 })).toMatchObject({
      status: 404,
      body: { code: 'UPLOAD_NOT_FOUND' },
    });
    for (const body of [
      {},
      { handle: 7, from: 1 },
      { handle: `${handle}x`, from: 1 },
      { handle, from: 0 },
    ]) {
      expect(await ask('POST', `/${uploadId}/parts`, body)).toMatchObject({
        status: 400,
        body: { code: 'INVALID_UPLOAD_REQUEST' },
      });
    }
    expect((await sendUpload(authorisation, bytes)).status).toBe(200);
  });

  it.each([
    [5, ['form', 'put', 'multipart'], 'form'],
    [5, ['put', 'multipart'], 'put'],
    [5, ['multipart'], 'multipart'],
    [200_001, ['form', 'put'], 'form'],
    [200_001, ['put'], 'put'],
    [200_001, undefined, 'multipart'],
    [200_000, undefined, 'form'],
  ])('sends %d bytes from a client with %j by %s', async (size, carriers, carrier) => {
    expect(await authorised(png(size), { carriers })).toMatchObject({ carrier });
  });

  it('has each file of a list stand for itself, and writes their tickets with one INSERT', async () => {
    const rows: number[] = [];
    const hear = (message: unknown) => rows.push((message as { rows: number }).rows);
    subscribe(OSS_CALLBACK_CHANNELS.insert, hear);
    onTestFinished(() => void unsubscribe(OSS_CALLBACK_CHANNELS.insert, hear));
    const { status, body } = await post({
      files: [
        png(5),
        { ...png(5), wishes: { folder: 'closed' } },
        { ...png(5), name: 'a/b.png' },
        png(1_000_001),
        png(6),
        png(250_000),
        png(7, '..'),
      ],
    });
    expect(status).toBe(201);
    const refused = (code: string, reason?: string) => ({
      error: { code, message: expect.any(String), ...(reason ? { reason } : {}) },
    });
    expect(body).toEqual({
      uploads: [
        { carrier: 'form', authorisation: expect.any(Object) },
        refused('UPLOAD_REFUSED', 'folder-closed'),
        refused('INVALID_UPLOAD_REQUEST'),
        refused('UPLOAD_REFUSED', 'too-large'),
        { carrier: 'form', authorisation: expect.any(Object) },
        { carrier: 'multipart', authorisation: expect.any(Object) },
        refused('INVALID_UPLOAD_REQUEST'),
      ],
    });
    expect(rows).toEqual([3]);
  });

  it.each([
    ['a folder that the app closed', { wishes: { folder: 'closed' } }, {}, 'folder-closed'],
    ['more bytes than the app allows', {}, { size: 1_000_001 }, 'too-large'],
    ['fewer bytes than the app wants', {}, { size: 0 }, 'too-small'],
    ['another type than the app allows', {}, { type: 'text/html' }, 'wrong-type'],
    ['no type where the app allows some', {}, { type: '' }, 'wrong-type'],
  ])('refuses %s with its reason', async (_what, rest, file, reason) => {
    expect(await post({ file: { ...png(5), ...file }, ...rest })).toMatchObject({
      status: 403,
      body: { code: 'UPLOAD_REFUSED', message: expect.any(String), reason },
    });
  });

  it('authorises exactly the size that was announced', async () => {
    const { authorisation } = await authorised(png(5));
    for (const lie of ['hell', 'hello!']) {
      const sent = await sendUpload(authorisation, lie);
      expect([sent.status, await sent.text()]).toEqual([
        400,
        expect.stringMatching(/EntityToo(Small|Large)/),
      ]);
    }
    expect(world.oss.objects.get(BUCKET, authorisation.fields.key!)).toBeUndefined();
  });

  const deep = JSON.stringify({ file: png(5) }).replace(
    /}$/,
    `,"wishes":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`,
  );
  it.each([
    ['nothing', undefined],
    ['a list', []],
    ['no file', {}],
    ['a file and files', { file: png(5), files: [png(5)] }],
    ['no files', { files: [] }],
    ['101 files', { files: Array.from({ length: 101 }, () => png(5)) }],
    ['files that are none', { files: 'png' }],
    ['wishes for all files', { files: [png(5)], wishes: { folder: 'attic' } }],
    ['a file without a name', { file: { ...png(5), name: '' } }],
    ['a name of a folder', { file: { ...png(5), name: '../b.png' } }],
    ['a name that leads up', { file: { ...png(5), name: '..' } }],
    ['a name with a control character', { file: { ...png(5), name: 'a\u0000' } }],
    ['a long name', { file: { ...png(5), name: 'a'.repeat(256) } }],
    ['a name that is none', { file: { ...png(5), name: { toString: 1 } } }],
    ['a type that is none', { file: { ...png(5), type: 'image' } }],
    ['two types', { file: { ...png(5), type: 'image/png,text/html' } }],
    ['no size', { file: { ...png(5), size: undefined } }],
    ['half a byte', { file: { ...png(5), size: 0.5 } }],
    ['a size below 0', { file: { ...png(5), size: -1 } }],
    ['a size in a text', { file: { ...png(5), size: '5' } }],
    ['a size that JSON overflows', '{"file":{"name":"a","type":"","size":1e999}}'],
    ['NaN, as JSON has it', { file: { ...png(5), size: NaN } }],
    ['more than OSS stores', { file: { ...png(5), size: 2 ** 53 - 1 } }],
    ['an owner', { file: { ...png(5), owner: 'bob' } }],
    ['an object', { file: png(5), object: 'bob/a.png' }],
    ['a wish that the app does not know', { file: png(5), wishes: { folder: 'album', size: 5 } }],
    ['a folder that the app does not know', { file: png(5), wishes: { folder: 'root' } }],
    ['wishes in a text', { file: png(5), wishes: 'album' }],
    ['10,000 levels of wishes', deep],
    ['variables of another type', { file: png(5), variables: { albumId: 'seven' } }],
    ['variables that the app does not know', { file: png(5), variables: { owner: 'bob' } }],
    ['no carrier', { file: png(5), carriers: [] }],
    ['a carrier that is none', { file: png(5), carriers: ['tape'] }],
  ])('refuses %s', async (_what, body) => {
    expect(await post(body)).toMatchObject({
      status: 400,
      body: { code: 'INVALID_UPLOAD_REQUEST', message: expect.any(String) },
    });
  });

  it('lets no one in whom the guards stop', async () => {
    const { uploadId } = (await authorised()).authorisation;
    for (const [method, path] of [
      ['POST', ''],
      ['GET', `/${uploadId}`],
      ['POST', `/${uploadId}/parts`],
      ['POST', `/${uploadId}/reconciliation`],
    ] as const) {
      expect((await ask(method, path, undefined, '')).status).toBe(403);
    }
  });

  it('knows no upload for anyone but its owner, nor for an id that is none', async () => {
    const { uploadId } = (await authorised()).authorisation;
    const without = await world.uploads.authorizePostObject({
      object: newName(),
      callback: 'photos',
    });
    const asked = [
      [uploadId, 'bob'],
      [without.uploadId, 'ann'],
      ['00000000-0000-7000-8000-000000000000', 'ann'],
      ['%00', 'ann'],
      ['a'.repeat(90), 'ann'],
    ] as const;
    for (const [id, user] of asked) {
      for (const [method, path] of [
        ['GET', ''],
        ['POST', '/parts'],
        ['POST', '/reconciliation'],
      ] as const) {
        const body = path === '/parts' ? { handle: 'x', from: 1 } : undefined;
        expect(await ask(method, `/${id}${path}`, body, user)).toMatchObject({
          status: 404,
          body: { code: 'UPLOAD_NOT_FOUND', message: 'There is no such upload.' },
        });
      }
    }
  });

  it('finds an upload whose callback got lost, when its client asks', async () => {
    const { authorisation } = await authorised(png(5));
    const { uploadId } = authorisation;
    expect(await ask('POST', `/${uploadId}/reconciliation`)).toMatchObject({
      status: 200,
      body: { uploadId, status: 'pending', object: null },
    });
    world.oss.faults.inject({ at: 'callback', effect: 'drop' });
    expect((await sendUpload(authorisation, 'hello')).status).toBe(203);
    expect(await ask('GET', `/${uploadId}`)).toMatchObject({ body: { status: 'pending' } });
    expect(await ask('POST', `/${uploadId}/reconciliation`)).toMatchObject({
      status: 200,
      body: { uploadId, status: 'completed', size: 5 },
    });
  });
});
