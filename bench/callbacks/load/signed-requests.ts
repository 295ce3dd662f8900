import { createHash, createPrivateKey } from 'node:crypto';
import { renderCallbackBody } from '../../../src/protocol/callback/callback-rendering.js';
import { signCallback } from '../../../src/testing/index.js';
import { audienceOf, UploadTickets } from '../../../src/ticket/upload-tickets.js';
import { callbackBodyTemplate } from '../../../src/variables/callback-body-template.js';
import { benchUpload, OBJECT_FACTS } from '../upload.js';
import {
  BUCKET,
  CALLBACK_PATH,
  ENVIRONMENT,
  MIME_TYPE,
  ORIGINAL_NAME,
  PUBLIC_URL,
  TICKET_SECRET,
  type World,
} from '../world.js';

const FORM = 'application/x-www-form-urlencoded';
const DAY_MS = 86_400_000;

export interface SignedRequest {
  /** The bytes that follow the request line and the Connection header. */
  rest: Buffer;
  uploadId: string;
}

/** What every request begins with. */
export function requestStart(keepAlive: boolean): Buffer {
  const connection = keepAlive ? 'keep-alive' : 'close';
  return Buffer.from(
    `POST ${CALLBACK_PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: ${connection}\r\n`,
  );
}

/** Callbacks of as many uploads, each with its own ticket and signature, as bytes ready to be sent. */
export function signRequests(world: World, count: number): SignedRequest[] {
  const privateKey = createPrivateKey(world.privateKey);
  const keyUrl = Buffer.from(`${world.keyHostUrl}/callback_pub_key_v1.pem`).toString('base64');
  const audience = audienceOf({ publicUrl: PUBLIC_URL, environment: ENVIRONMENT });
  const tickets = new UploadTickets([TICKET_SECRET], audience);
  const acceptUntil = new Date(world.firstUploadAt + DAY_MS);
  const variables = { originalName: ORIGINAL_NAME };
  return Array.from({ length: count }, (_, index) => {
    const { id: uploadId, object, owner } = benchUpload(world.firstUploadAt, index);
    const ticket = tickets.issue(
      {
        uploadId,
        owner,
        minSizeBytes: 0,
        maxSizeBytes: 100 * 1024 * 1024,
        contentTypes: ['image/*'],
        options: { digests: {}, anyMetadata: false },
        acceptUntil,
        uploadIdPinned: true,
      },
      { bucket: BUCKET, object, variables },
      [{ path: CALLBACK_PATH }],
    )!;
    const body = Buffer.from(bodyOf(index, object, ticket));
    const headers = {
      Authorization: signCallback({ url: CALLBACK_PATH, body, privateKey }),
      'Content-Length': body.byteLength,
      'Content-MD5': createHash('md5').update(body).digest('base64'),
      'Content-Type': FORM,
      Date: new Date(world.firstUploadAt).toUTCString(),
      'User-Agent': 'aliyun-oss-callback',
      'x-oss-additional-headers': '',
      'x-oss-bucket': BUCKET,
      'x-oss-pub-key-url': keyUrl,
      'x-oss-request-id': requestIdOf(index),
      'x-oss-signature-version': '1.0',
      'x-oss-tag': 'CALLBACK',
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    return { uploadId, rest: Buffer.concat([Buffer.from(`${lines.join('')}\r\n`), body]) };
  });
}

/** As OSS writes it where the app gave no template of its own. */
function bodyOf(index: number, object: string, ticket: string): string {
  const template = callbackBodyTemplate(
    { bodyType: FORM, template: undefined, names: new Map() },
    ['x:original_name'],
    ticket,
  );
  const values = {
    ...OBJECT_FACTS,
    bucket: BUCKET,
    object,
    mimeType: MIME_TYPE,
    clientIp: '203.0.113.7',
    reqId: requestIdOf(index),
    operation: 'PutObject',
    'imageInfo.height': 3024,
    'imageInfo.width': 4032,
    'imageInfo.format': 'jpg',
    'x:original_name': ORIGINAL_NAME,
  };
  return renderCallbackBody(template, FORM, new Map(Object.entries(values)));
}

function requestIdOf(index: number): string {
  return index.toString(16).toUpperCase().padStart(24, '0');
}
