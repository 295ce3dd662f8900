import { describe, expect, it } from 'vitest';
import type { RawResponse } from '../support/raw-http.js';
import { bucket, codeOf, credentials, startApp, startSimulator } from './simulator-harness.js';
import { type Call, call, CONTENT, OBJECT, SDKS } from './wire-sdks.js';

/** As Ruby's client writes it: with a question mark at the end; other SDKs add spaces or a line feed. */
function callbackHeaders(url: string): Record<string, string> {
  const parameter = { callbackUrl: `${new URL(url).origin}/cb?`, callbackBody: 'size=${size}' };
  const json = `${JSON.stringify(parameter, null, 1).replaceAll('/', '\\/')}\n`;
  return { 'x-oss-callback': Buffer.from(json).toString('base64') };
}

async function start() {
  const app = await startApp();
  const simulator = await startSimulator({ defaultBucket: bucket });
  return { app, simulator, callback: callbackHeaders(app.url) };
}

/** The answer after `100 Continue`, which is an answer of its own on the wire. */
function statusOf({ status, body }: RawResponse): number {
  return status === 100 ? Number(body.toString('latin1').split(' ')[1]) : status;
}

describe.each(SDKS)('$name', (sdk) => {
  it('puts with a callback, and is refused with a wrong secret', async () => {
    const { app, simulator, callback } = await start();
    const put = { method: 'PUT', headers: callback, body: CONTENT };
    const refused = await call(simulator, sdk, put, 'wrong');
    expect(statusOf(refused)).toBe(403);
    if (refused.status !== 100) {
      expect(codeOf(refused.body.toString())).toBe('SignatureDoesNotMatch');
    }
    expect([simulator.objects.list().length, app.received.length]).toEqual([0, 0]);
    const taken = await call(simulator, sdk, put, credentials.accessKeySecret);
    expect(statusOf(taken)).toBe(200);
    expect(simulator.objects.get(bucket, OBJECT)?.bytes.toString()).toBe(CONTENT);
    expect(app.received.map(({ url, body }) => [url, body.toString()])).toEqual([
      ['/cb?', `size=${CONTENT.length}`],
    ]);
  });

  it('uploads in parts, and calls back at their completion alone', async () => {
    const { app, simulator, callback } = await start();
    const { expect: _expect, ...more } = sdk.more ?? {};
    const framing = sdk.framing === 'chunked, Expect' ? 'chunked' : sdk.framing;
    const ask = (request: Call, secret = credentials.accessKeySecret) => {
      const encoding: Record<string, string> = sdk.encodingType ? { 'encoding-type': 'url' } : {};
      const query = { ...request.query, ...(request.method === 'POST' ? encoding : {}) };
      const extra = request.method === 'POST' && sdk.encodingType ? '&encoding-type=url' : '';
      return call(
        simulator,
        { ...sdk, framing, more },
        { ...request, query, search: `${request.search}${extra}` },
        secret,
      );
    };
    const begun = await ask({
      method: 'POST',
      query: { uploads: '' },
      search: `?${sdk.uploads ?? 'uploads'}`,
      headers: callback,
    });
    const text = begun.body.toString();
    const uploadId = /<UploadId>(.*)<\/UploadId>/.exec(text)?.[1] ?? '';
    expect(uploadId, text).not.toBe('');
    const escaped = uploadId.replace(/./g, (char) => `%${char.charCodeAt(0).toString(16)}`);
    const part = { partNumber: '1', uploadId };
    const uploaded = await ask({
      method: 'PUT',
      query: part,
      search: `?uploadId=${escaped}&partNumber=1`,
      headers: callback,
      body: CONTENT,
    });
    expect(uploaded.status).toBe(200);
    expect(app.received).toEqual([]);
    const list = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${uploaded.header('etag')}</ETag></Part></CompleteMultipartUpload>`;
    const complete = {
      method: 'POST',
      query: { uploadId },
      search: `?uploadId=${escaped}`,
      headers: { ...callback, ...(sdk.type ? { 'content-type': sdk.type } : {}) },
      body: list,
    };
    const refused = await ask(complete, 'wrong');
    const { status, body } = refused;
    if (status === 403) expect(codeOf(body.toString())).toBe('SignatureDoesNotMatch');
    expect([statusOf(refused), app.received.length]).toEqual([403, 0]);
    const done = await ask(complete);
    expect(statusOf(done)).toBe(200);
    expect(app.received).toHaveLength(1);
    expect(simulator.objects.get(bucket, OBJECT)?.bytes.toString()).toBe(CONTENT);
  });
});
