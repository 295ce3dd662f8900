import type { StoredObject } from './storage/stored-object.js';

/** Events of the local OSS. */
export interface SimulatorEvents {
  /** An upload was stored. */
  stored: [event: { at: Date; requestId: string; operation: string; object: StoredObject }];
  /** A callback is about to be sent. */
  callback: [record: CallbackRecord];
  /** A callback was answered, or failed. */
  'callback-answered': [record: CallbackRecord];
  /** A request was answered. */
  request: [
    event: {
      at: Date;
      requestId: string;
      method: string;
      /** Path with query as received. */
      target: string;
      status: number;
      durationMs: number;
      /** Error code of an error response. */
      code?: string;
    },
  ];
}

/** A callback as it was sent. */
export interface CallbackRecord {
  /** Id of the upload request. */
  requestId: string;
  bucket: string;
  object: string;
  /** As in the callback parameter. */
  url: string;
  /** Path with query as in the request line, which the signature covers. */
  path: string;
  /** Names as sent. */
  headers: Readonly<Record<string, string>>;
  body: Buffer;
  startedAt: Date;
  /** Unset until then. */
  answeredAt?: Date;
  /** The app's response, if there was one. */
  answer?: { status: number; headers: Readonly<Record<string, string>>; body: Buffer };
  /** Why the callback failed, as the uploader is told. Unset if the app's response was accepted. */
  failure?: { message: string; ec?: string };
}
