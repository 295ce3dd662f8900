import { createHash, createPublicKey } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { HandlerSlots } from '../../../src/completion/handler-slots.js';
import { UploadAttempts } from '../../../src/completion/upload-attempts.js';
import { UploadHandlers } from '../../../src/completion/upload-handlers.js';
import { UploadRecorder } from '../../../src/recording/upload-recorder.js';
import { resolveOssCallbackOptions } from '../../../src/options/validation.js';
import { verifyCallbackSignature } from '../../../src/protocol/callback/callback-signature.js';
import { audienceOf, UploadTickets } from '../../../src/ticket/upload-tickets.js';
import { answerBody } from '../answers.js';
import { moduleOptions, type World } from '../world.js';
import { openDataSource } from './data-source.js';
import { startPlainServer } from './plain-server.js';

/**
 * The least that a callback takes: its body read and parsed, signature verified, ticket opened, the upload recorded by
 * the package's own recorder, all of it on `node:http` and with none of the package's other checks.
 */
export async function startFloor(world: World): Promise<number> {
  const options = resolveOssCallbackOptions(moduleOptions(world, 'never'));
  const tickets = new UploadTickets(options.tickets.secrets, audienceOf(options));
  const recorder = createRecorder(await openDataSource(world.databaseUrl), options);
  const publicKey = createPublicKey(world.publicKey);
  const publicKeyFingerprint = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');

  return startPlainServer(async ({ url = '', headers }, body) => {
    const receivedAt = new Date();
    const { authorization = '' } = headers;
    if (!verifyCallbackSignature({ url, body, authorization, publicKey })) {
      throw new Error('the signature is not valid');
    }
    const values = new URLSearchParams(body.toString('utf8'));
    const text = (name: string) => values.get(name) || undefined;
    const number = (name: string) => Number(values.get(name) || Number.NaN) || undefined;
    const system = {
      bucket: text('bucket') ?? '',
      object: text('object') ?? '',
      etag: text('etag'),
      size: number('size'),
      mimeType: text('mimeType'),
      imageHeight: number('imageInfo.height'),
      imageWidth: number('imageInfo.width'),
      imageFormat: text('imageInfo.format'),
      crc64: text('crc64'),
      contentMd5: text('contentMd5'),
      clientIp: text('clientIp'),
      requestId: text('reqId'),
      operation: text('operation'),
    };
    const variables = { originalName: text('x:original_name') ?? '' };
    const { bucket, object } = system;
    const binding = { bucket, object, variables };
    const opened = tickets.open(text('x:ticket') ?? '', binding, { path: url }, receivedAt);
    if (!opened.ok) throw new Error(`the ticket is ${opened.reason}`);
    const { terms } = opened;
    const { upload } = await recorder.record(
      {
        identity: `ticket:${terms.uploadId}`,
        system,
        variables,
        terms,
        publicKeyFingerprint,
        receivedAt,
      },
      { state: 'skipped' },
    );
    return answerBody(upload.id);
  });
}

function createRecorder(
  dataSource: DataSource,
  options: ReturnType<typeof resolveOssCallbackOptions>,
): UploadRecorder {
  const handlers = new UploadHandlers(options, () => []);
  const slots = new HandlerSlots(dataSource);
  const attempts = new UploadAttempts(dataSource, handlers, slots, options);
  return new UploadRecorder(dataSource, attempts, () => undefined);
}
