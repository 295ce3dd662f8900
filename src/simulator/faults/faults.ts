import type { OperationName } from '../operations/operation-name.js';

/** A failure to simulate. Plain data, so that other processes can send it. */
export type Fault = CallbackFault | UploadFault | HeadObjectFault;

export type CallbackFault = { at: 'callback' } & (
  | {
      /** The app is not called; the uploader is told that OSS could not connect. */
      effect: 'drop';
    }
  | {
      /** The app is not called; the uploader is told this message, for example `Too many callback requests.` */
      effect: 'fail';
      message: string;
    }
  | {
      /** The app is called and responds, but the uploader is told that the callback timed out. */
      effect: 'lose-answer';
    }
  | {
      /** The same bytes are sent again, after the first response or concurrently. */
      effect: 'deliver-twice';
      concurrently?: boolean;
    }
  | { effect: 'delay'; delayMs: number }
  | {
      /** The object is overwritten before the app is called. */
      effect: 'deliver-after-overwrite';
      /** Content of the new object. Default: `overwritten`. */
      body?: string;
    }
  | {
      /** The body is changed after it was signed. Default: a space is appended. */
      effect: 'tamper-body';
      body?: string;
    }
  | { effect: 'tamper-signature' }
  | {
      /** The callback is signed with a key that is not OSS's, and names the URL of that key. */
      effect: 'foreign-key-url';
      /** Default: a URL of the local OSS, which serves the foreign key. */
      url?: string;
    }
);

/** Faults of PutObject, PostObject, AppendObject, CopyObject and the operations of multipart uploads. */
export type UploadFault = { at: 'upload' } & (
  | {
      effect: 'answer';
      /** For example 503 or 500. */
      status: number;
      /** Whether the upload is stored and its callback sent nevertheless. */
      afterStoring?: boolean;
    }
  | { effect: 'delay'; delayMs: number }
  | {
      /** The connection is closed after this many bytes of the content, or at its end. */
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
  /** How many times the fault occurs. Default: 1; `Infinity` for always. */
  times?: number;
  bucket?: string;
  /** Object key. */
  object?: string;
  /** For example `UploadPart`. Callbacks belong to the operation that requested them. */
  operation?: OperationName;
}

/** The request or callback that a fault can apply to. */
export interface FaultTarget {
  bucket: string;
  object: string;
  operation: OperationName;
}

/** The faults to inject into the local OSS. */
export class SimulatorFaults {
  #entries: { fault: Fault; scope: FaultScope; left: number }[] = [];

  /**
   * Adds a fault, which occurs at the next matching requests or callbacks.
   * @returns a function that removes the fault
   */
  inject(fault: Fault, scope: FaultScope = {}): () => void {
    const entry = { fault, scope, left: scope.times ?? 1 };
    this.#entries.push(entry);
    return () => {
      this.#entries = this.#entries.filter((other) => other !== entry);
    };
  }

  /** Faults that are still to occur. */
  get pending(): readonly Fault[] {
    return this.#entries.map((entry) => entry.fault);
  }

  clear(): void {
    this.#entries = [];
  }

  /** @internal Returns the faults that apply, and counts one occurrence of each. */
  take<At extends Fault['at']>(at: At, target: FaultTarget): Extract<Fault, { at: At }>[] {
    const matching = this.#entries.filter(
      ({ fault, scope }) =>
        fault.at === at &&
        (scope.bucket === undefined || scope.bucket === target.bucket) &&
        (scope.object === undefined || scope.object === target.object) &&
        (scope.operation === undefined || scope.operation === target.operation),
    );
    for (const entry of matching) entry.left -= 1;
    this.#entries = this.#entries.filter((entry) => entry.left > 0);
    return matching.map((entry) => entry.fault as Extract<Fault, { at: At }>);
  }
}
