import type { OperationName } from '../operations/operation-name.js';

/** Something that goes wrong on purpose. Plain data, so that faults can come from another process as well. */
export type Fault = CallbackFault | UploadFault | HeadObjectFault;

export type CallbackFault = { at: 'callback' } & (
  | {
      /** The app is never called; the uploader reads that OSS could not connect. */
      effect: 'drop';
    }
  | {
      /** The app is never called; the uploader reads these words, for example `Too many callback requests.` */
      effect: 'fail';
      message: string;
    }
  | {
      /** The app is called and answers, the answer gets lost: the uploader reads of a time-out. */
      effect: 'lose-answer';
    }
  | {
      /** The same bytes are sent once more, after the first answer or beside the first call. */
      effect: 'deliver-twice';
      concurrently?: boolean;
    }
  | { effect: 'delay'; delayMs: number }
  | {
      /** Another object takes the key before the app is called. */
      effect: 'deliver-after-overwrite';
      /** Content of the other object; a short text where left out. */
      body?: string;
    }
  | {
      /** The body is changed after it was signed; a space is added where no other body is given. */
      effect: 'tamper-body';
      body?: string;
    }
  | { effect: 'tamper-signature' }
  | {
      /** The callback is signed with a key that is not OSS's, and names where to find that one. */
      effect: 'foreign-key-url';
      /** The local OSS serves the foreign key where left out. */
      url?: string;
    }
);

/** Faults of PutObject, PostObject and the operations of multipart uploads. */
export type UploadFault = { at: 'upload' } & (
  | {
      effect: 'answer';
      /** For example 503 or 500. */
      status: number;
      /** Whether the upload is stored and calls back all the same. */
      afterStoring?: boolean;
    }
  | { effect: 'delay'; delayMs: number }
  | {
      /** The connection ends after so many bytes of the content, or at its end. */
      effect: 'cut';
      afterBytes: number;
    }
);

export type HeadObjectFault = { at: 'head-object' } & (
  | {
      effect: 'answer';
      /** For example 503 or 500. */
      status: number;
    }
  | { effect: 'delay'; delayMs: number }
);

export interface FaultScope {
  /** How often it happens; once where left out, `Infinity` for always. */
  times?: number;
  bucket?: string;
  /** Object key. */
  object?: string;
  /** For example `UploadPart`; callbacks belong to the operation that asked for them. */
  operation?: OperationName;
}

/** What a fault may strike. */
export interface FaultTarget {
  bucket: string;
  object: string;
  operation: OperationName;
}

/** What is to go wrong in the local OSS. */
export class SimulatorFaults {
  #entries: { fault: Fault; scope: FaultScope; left: number }[] = [];

  /**
   * Makes something go wrong, the next time or several times.
   * @returns takes the fault back
   */
  inject(fault: Fault, scope: FaultScope = {}): () => void {
    const entry = { fault, scope, left: scope.times ?? 1 };
    this.#entries.push(entry);
    return () => {
      this.#entries = this.#entries.filter((other) => other !== entry);
    };
  }

  /** Faults that have not happened as often as they should. */
  get pending(): readonly Fault[] {
    return this.#entries.map((entry) => entry.fault);
  }

  clear(): void {
    this.#entries = [];
  }

  /** @internal The faults that strike now; each counts as having happened. */
  take<At extends Fault['at']>(at: At, target: FaultTarget): Extract<Fault, { at: At }>[] {
    const striking = this.#entries.filter(
      ({ fault, scope }) =>
        fault.at === at &&
        (scope.bucket === undefined || scope.bucket === target.bucket) &&
        (scope.object === undefined || scope.object === target.object) &&
        (scope.operation === undefined || scope.operation === target.operation),
    );
    for (const entry of striking) entry.left -= 1;
    this.#entries = this.#entries.filter((entry) => entry.left > 0);
    return striking.map((entry) => entry.fault as Extract<Fault, { at: At }>);
  }
}
