import { NestFactory } from '@nestjs/core';
import { decodeCallback, type OssCallbackOptions, OssUploadService } from '../../src/index.js';
import { renderCallbackBody } from '../../src/protocol/callback/callback-rendering.js';
import type { OssSimulator, StoredObject } from '../../src/simulator/index.js';
import {
  buildCallbackRequest,
  type CallbackRequest,
  createTestKeyPair,
} from '../../src/testing/index.js';
import { appModule, appOptions, BUCKET } from '../support/app-module.js';
import { inParallel } from './load.js';

export { BUCKET };
export const CALLBACK_PATH = '/oss/callback';
const PUBLIC_URL = 'https://app.example.org';
/** Connections of a pool, as TypeORM and `pg` have them by default. */
const TICKETS_AT_ONCE = 10;

/** Signs callbacks in place of OSS. */
export const keyPair = createTestKeyPair();

/** An upload that was authorised and has landed, with the callback that OSS would send. */
export interface LandedUpload {
  uploadId: string;
  object: string;
  callback: CallbackRequest;
}

/** The options that the front and the app processes share. */
export function optionsFor(
  oss: OssSimulator,
  options: Partial<OssCallbackOptions> = {},
): OssCallbackOptions {
  return appOptions(PUBLIC_URL, { url: oss.url, publicKey: keyPair.publicKey }, options);
}

export interface Front {
  uploads: OssUploadService;
  /** Authorises uploads, and stores their objects as the uploaders would have. */
  land(count: number, objectPrefixOf?: (index: number) => string): Promise<LandedUpload[]>;
  stop(): Promise<void>;
}

/** The process of the app that authorises uploads; callbacks go to others. */
export async function startFront(
  oss: OssSimulator,
  databaseUrl: string,
  options: Partial<OssCallbackOptions> = {},
): Promise<Front> {
  const frontOptions = optionsFor(oss, {
    callback: { url: `${PUBLIC_URL}${CALLBACK_PATH}` },
    handlers: false,
    reconciliation: false,
    ...options,
  });
  const app = await NestFactory.createApplicationContext(appModule(databaseUrl, frontOptions), {
    logger: false,
  });
  const uploads = app.get(OssUploadService);
  return {
    uploads,
    land: async (count, objectPrefixOf = () => 'texts/') => {
      const landed: LandedUpload[] = [];
      await inParallel(Array.from({ length: count }), TICKETS_AT_ONCE, async (_, index) => {
        landed[index] = await landOne(uploads, oss, objectPrefixOf(index));
      });
      return landed;
    },
    stop: () => app.close(),
  };
}

async function landOne(
  uploads: OssUploadService,
  oss: OssSimulator,
  objectPrefix: string,
): Promise<LandedUpload> {
  const { uploadId, url } = await uploads.authorizePutObject({ objectPrefix });
  const stored = await oss.objects.put({
    bucket: BUCKET,
    object: `${objectPrefix}${uploadId}`,
    body: 'hello',
    mimeType: 'text/plain',
    metadata: { 'upload-id': uploadId },
  });
  const query = new URL(url).searchParams;
  const body = renderBody(query.get('callback')!, query.get('callback-var'), stored);
  return { uploadId, object: stored.object, callback: signBody(oss, body) };
}

/** The body that OSS would send for an object. */
export function renderBody(
  callback: string,
  callbackVariables: string | null,
  { bucket, object, etag, size, mimeType, crc64, contentMd5 = '' }: StoredObject,
): string {
  const decoded = decodeCallback(callback, callbackVariables ?? undefined);
  if (!decoded.ok) throw new Error(decoded.message);
  const { body, bodyType = 'application/x-www-form-urlencoded' } = decoded.parameter;
  const facts = { bucket, object, etag, mimeType, crc64, contentMd5 };
  return renderCallbackBody(
    body,
    bodyType,
    new Map<string, string | number>([...Object.entries(facts), ['size', size]]),
  );
}

export function signBody(oss: { url: string }, body: string | Uint8Array): CallbackRequest {
  const { privateKey } = keyPair;
  return buildCallbackRequest({ url: CALLBACK_PATH, body, privateKey, localOssUrl: oss.url });
}
