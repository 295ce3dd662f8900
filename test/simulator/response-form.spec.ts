import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { expect, it } from 'vitest';
import { signRequestV4 } from '../../src/protocol/signing/signature-v4.js';
import type { OssSimulator } from '../../src/simulator/index.js';
import { bucket, credentials, region, send, startSimulator } from './simulator-harness.js';

/** The names of a response's headers as they are sent; fetch shows them in lower case. */
async function headerNames(
  simulator: OssSimulator,
  method: string,
  object: string,
  { body, ...more }: { body?: string; [header: string]: string | undefined } = {},
) {
  const sent = { 'content-length': String(body?.length ?? 0), ...more } as Record<string, string>;
  const added = signRequestV4(
    { method, bucket, object, query: {}, headers: sent },
    { credentials, region, signedAt: new Date() },
  );
  const asked = request(`${simulator.url}/${bucket}/${object}`, {
    method,
    headers: { ...sent, ...added },
  });
  const [response] = (await once(asked.end(body), 'response')) as [IncomingMessage];
  response.resume();
  return response.rawHeaders.filter((_text, index) => index % 2 === 0);
}

it('spells the names of headers as OSS does, for SDKs that read them with case', async () => {
  const simulator = await startSimulator();
  const put = await headerNames(simulator, 'PUT', 'a.txt', {
    body: 'abc',
    'cache-control': 'no-cache',
    'content-disposition': 'attachment',
    'x-oss-meta-Owner': 'me',
  });
  expect(put).toEqual(
    expect.arrayContaining(['ETag', 'Content-MD5', 'Content-Length', 'Server', 'Date']),
  );
  expect(put).toEqual(expect.arrayContaining(['x-oss-request-id', 'x-oss-hash-crc64ecma']));
  for (const method of ['GET', 'HEAD']) {
    expect(await headerNames(simulator, method, 'a.txt')).toEqual(
      expect.arrayContaining([
        'Accept-Ranges',
        'Cache-Control',
        'Content-Disposition',
        'Content-Length',
        'Content-MD5',
        'Content-Type',
        'ETag',
        'Last-Modified',
        'x-oss-meta-owner',
        'x-oss-object-type',
        'x-oss-storage-class',
      ]),
    );
  }
  expect(await headerNames(simulator, 'GET', 'a.txt', { range: 'bytes=0-1' })).toContain(
    'Content-Range',
  );
  const refused = await headerNames(simulator, 'HEAD', 'missing', { origin: 'http://localhost' });
  expect(refused).toEqual(
    expect.arrayContaining(['Content-Type', 'x-oss-err', 'x-oss-ec', 'Vary']),
  );
  expect(refused).toContain('Access-Control-Allow-Origin');
});

it('writes the times in XML with milliseconds that are zero', async () => {
  const simulator = await startSimulator({ clock: () => new Date(1_700_000_000_987) });
  const signedAt = new Date(1_700_000_000_987);
  const xml = async (parts: Parameters<typeof send>[1]) =>
    (await send(simulator, { signedAt, ...parts })).text();
  await xml({ method: 'PUT', body: 'abc' });
  const begun = await xml({ method: 'POST', query: { uploads: '' } });
  const [, uploadId = ''] = /<UploadId>(.*)<\/UploadId>/.exec(begun) ?? [];
  await xml({ method: 'PUT', query: { partNumber: '1', uploadId }, body: 'abc' });

  const time = '2023-11-14T22:13:20.000Z';
  expect(await xml({ object: '' })).toContain(`<LastModified>${time}</LastModified>`);
  const listV2 = { object: '', query: { 'list-type': '2' } };
  expect(await xml(listV2)).toContain(`<LastModified>${time}</LastModified>`);
  expect(await xml({ query: { uploadId } })).toContain(`<LastModified>${time}</LastModified>`);
  const uploads = { object: '', query: { uploads: '' } };
  expect(await xml(uploads)).toContain(`<Initiated>${time}</Initiated>`);
  const info = { object: '', query: { bucketInfo: '' } };
  expect(await xml(info)).toContain(`<CreationDate>${time}</CreationDate>`);
});
