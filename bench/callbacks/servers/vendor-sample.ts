import { createVerify } from 'node:crypto';
import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { OssUpload } from '../../../src/index.js';
import { createUploadId } from '../../../src/ticket/upload-id.js';
import { answerBody } from '../answers.js';
import type { World } from '../world.js';
import { openDataSource } from './data-source.js';
import { startPlainServer } from './plain-server.js';

/**
 * The shape of the vendor's Node sample, with the record that an app adds to it: the public key is fetched for each
 * callback, parsed, the signature verified, and the upload saved with TypeORM. It knows no ticket, so it answers with
 * the id that stands in the object's name.
 * @see https://help.aliyun.com/zh/oss/developer-reference/callback
 */
export async function startVendorSample(world: World): Promise<number> {
  const dataSource = await openDataSource(world.databaseUrl);
  const uploads = dataSource.getRepository(OssUpload);

  return startPlainServer(async ({ url = '', headers }, body) => {
    const keyUrl = Buffer.from(String(headers['x-oss-pub-key-url']), 'base64').toString();
    const publicKey = await fetchText(keyUrl);
    const verifier = createVerify('RSA-MD5');
    verifier.update(`${decodeURIComponent(url)}\n`).update(body);
    if (!verifier.verify(publicKey, headers.authorization ?? '', 'base64')) {
      throw new Error('the signature is not valid');
    }
    const values = Object.fromEntries(new URLSearchParams(body.toString('utf8')));
    const now = new Date();
    const upload = uploads.create({
      id: createUploadId(),
      identity: `req:${values.reqId}`,
      bucket: values.bucket,
      object: values.object,
      etag: values.etag,
      size: Number(values.size),
      mimeType: values.mimeType,
      imageHeight: Number(values['imageInfo.height']),
      imageWidth: Number(values['imageInfo.width']),
      imageFormat: values['imageInfo.format'],
      crc64: values.crc64,
      contentMd5: values.contentMd5,
      clientIp: values.clientIp,
      requestId: values.reqId,
      operation: values.operation,
      variables: { originalName: values['x:original_name'] ?? '' },
      source: 'callback',
      status: 'completed',
      attempts: 0,
      ticketed: false,
      receivedAt: now,
      completedAt: now,
    });
    await uploads.save(upload);
    return answerBody(/([0-9a-f-]{36})\.jpg$/.exec(upload.object)?.[1] ?? '');
  });
}

function fetchText(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, (response) => resolve(text(response))).once('error', reject);
  });
}
