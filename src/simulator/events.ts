import type { StoredObject } from './storage/stored-object.js';

/**
 * Events of the local OSS and their arguments, for `simulator.events.on(name, listener)`.
 * @category Events
 */
export interface SimulatorEvents {
  /** An upload was stored. */
  stored: [
    event: {
      /** When it was stored. */
      at: Date;
      /** Id of the upload request. */
      requestId: string;
      /** The operation that stored it, such as `PutObject`. */
      operation: string;
      /** The object. */
      object: StoredObject;
    },
  ];
  /** A callback is about to be sent. */
  callback: [record: CallbackRecord];
  /** A callback was answered, or failed: see `answer` and `failure`. */
  'callback-answered': [record: CallbackRecord];
  /** A request was answered. */
  request: [
    event: {
      /** When it was answered. */
      at: Date;
      /** Id of the request, the header `x-oss-request-id` of the response. */
      requestId: string;
      /** HTTP method. */
      method: string;
      /** Path with query as received. */
      target: string;
      /** HTTP status of the response. */
      status: number;
      /** Milliseconds from the request to the response. */
      durationMs: number;
      /** OSS's error code, such as `AccessDenied`; absent if there was no error. */
      code?: string;
    },
  ];
}

/**
 * A callback as it was sent.
 * @category Events
 */
export interface CallbackRecord {
  /** Id of the upload request. */
  requestId: string;
  /** Name of the bucket. */
  bucket: string;
  /** Key of the uploaded object. */
  object: string;
  /** The URL, as in the callback parameter. */
  url: string;
  /** Path with query as in the request line, which the signature covers. */
  path: string;
  /** The headers, with their names as sent. */
  headers: Readonly<Record<string, string>>;
  /** The body, which the signature covers. */
  body: Buffer;
  /** When it was sent. */
  startedAt: Date;
  /** When it was answered or failed; unset before that. */
  answeredAt?: Date;
  /** The app's response; unset if there was none. */
  answer?: {
    /** HTTP status. */
    status: number;
    /** The headers. */
    headers: Readonly<Record<string, string>>;
    /** The body. */
    body: Buffer;
  };
  /**
   * Why the callback failed, as the uploader reads it in the response to the upload. Unset if the app's response was
   * accepted.
   */
  failure?: {
    /** OSS's error message. */
    message: string;
    /** OSS's extended error code. */
    ec?: string;
  };
}
