import type { CallbackRecord } from './callbacks/callback-record.js';
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
