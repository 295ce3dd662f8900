import type { OssCallbackOptions } from '../../src/index.js';

/** What the signed requests, the contenders and the local OSS agree on. */
export const BUCKET = 'bench-uploads';
export const REGION = 'cn-hangzhou';
export const PUBLIC_URL = 'http://127.0.0.1:3000';
export const ENVIRONMENT = 'bench';
export const CALLBACK_PATH = '/oss/callback';
export const TICKET_SECRET = 'Zm9yIGJlbmNobWFya3Mgb25seSwgYnV0IGxvbmcgZW5vdWdo';

export const MIME_TYPE = 'image/jpeg';
export const CONTENT = Buffer.alloc(1_024, 'bench');
/** So many users upload at the same time. */
export const OWNERS = 1_000;
/** Of the app's one custom variable, as it stands in the record. */
export const ORIGINAL_NAME = 'IMG_2041.jpg';

/** The table that the handler of each contender writes to. */
export const HANDLED_TABLE = 'bench_handled_uploads';

/** Where things are in this run of the bench. */
export interface World {
  databaseUrl: string;
  /** Serves the public key below, as OSS's key host does. */
  keyHostUrl: string;
  /** PEM of the pair that signs. */
  publicKey: string;
  privateKey: string;
  /** The local OSS, for contenders that look the object up. */
  ossUrl: string;
  /** Upload ids count on from this time, in milliseconds since 1970. */
  firstUploadAt: number;
}

/** The module's options for every contender: only the confirmation differs. */
export function moduleOptions(
  world: World,
  confirmObject: NonNullable<OssCallbackOptions['confirmObject']>,
): OssCallbackOptions {
  return {
    publicUrl: PUBLIC_URL,
    environment: ENVIRONMENT,
    buckets: { main: { bucket: BUCKET, region: REGION, endpoint: world.ossUrl } },
    tickets: { secrets: [TICKET_SECRET] },
    localOss: { url: world.keyHostUrl, publicKey: world.publicKey },
    reconciliation: false,
    confirmObject,
    // A line costs what the app's logger takes; no other contender writes one.
    logCompletedUploads: false,
  };
}
