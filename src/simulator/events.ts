import type { StoredObject } from './storage/stored-object.js';

/** What the local OSS reports while it works. */
export interface SimulatorEvents {
  /** An upload has landed. */
  stored: [event: { at: Date; requestId: string; operation: string; object: StoredObject }];
  /** A callback is about to be sent. */
  callback: [record: CallbackRecord];
  /** A callback was answered, or given up. */
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
      /** Error code, where the answer is an error. */
      code?: string;
    },
  ];
}

/** A callback that the local OSS made, as it went over the wire. */
export interface CallbackRecord {
  /** Id of the upload request. */
  requestId: string;
  bucket: string;
  object: string;
  /** The URL as the callback parameter has it. */
  url: string;
  /** Path with query as in the request line; this is what the signature covers. */
  path: string;
  /** Names as sent. */
  headers: Readonly<Record<string, string>>;
  body: Buffer;
  startedAt: Date;
  /** Unset while no answer has come. */
  answeredAt?: Date;
  /** What the app answered; unset where nothing came. */
  answer?: { status: number; headers: Readonly<Record<string, string>>; body: Buffer };
  /** Unset where OSS took the answer; else what the uploader is told. */
  failure?: { message: string; ec?: string };
}
