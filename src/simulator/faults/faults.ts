import type { OperationName } from '../operations/operation-name.js';

/**
 * A failure to simulate. Plain data, so that other processes can send it.
 * @category Faults
 */
export type Fault = CallbackFault | UploadFault | HeadObjectFault;

/**
 * A fault of the callback that follows an upload.
 * @category Faults
 */
export type CallbackFault = {
  /** Marks a fault of callbacks. */
  at: 'callback';
} & (
  | {
      /** The app is not called; the uploader reads that OSS could not connect. */
      effect: 'drop';
    }
  | {
      /** The app is not called; the uploader reads `message`. */
      effect: 'fail';
      /** For example `Too many callback requests.` */
      message: string;
    }
  | {
      /** The app is called and responds, but the uploader reads that the callback timed out. */
      effect: 'lose-answer';
    }
  | {
      /** The same bytes are sent again. */
      effect: 'deliver-twice';
      /** Whether both are sent at once. Default: false, the second follows the first response. */
      concurrently?: boolean;
    }
  | {
      /** The callback is sent after a delay. */
      effect: 'delay';
      /** Milliseconds, whole. */
      delayMs: number;
    }
  | {
      /** The object is overwritten before the app is called. */
      effect: 'deliver-after-overwrite';
      /** Content of the new object. Default: `overwritten`. */
      body?: string;
    }
  | {
      /** The body is changed after it was signed. */
      effect: 'tamper-body';
      /** The changed body. Default: the body with a space at the end. */
      body?: string;
    }
  | {
      /** The signature does not match the body. */
      effect: 'tamper-signature';
    }
  | {
      /** The callback is signed with a key that is not OSS's, and names the URL of that key. */
      effect: 'foreign-key-url';
      /** URL of the key. Default: a URL of the local OSS, which serves the foreign key. */
      url?: string;
    }
);

/**
 * A fault of PutObject, PostObject, AppendObject, CopyObject or the operations of multipart uploads.
 * @category Faults
 */
export type UploadFault = {
  /** Marks a fault of uploads. */
  at: 'upload';
} & (
  | {
      /** The upload is answered with an error. */
      effect: 'answer';
      /** HTTP status, 400 to 599, for example 503. */
      status: number;
      /** Whether the upload is stored and its callback sent nevertheless. Default: false. */
      afterStoring?: boolean;
    }
  | {
      /** The upload is handled after a delay. */
      effect: 'delay';
      /** Milliseconds, whole. */
      delayMs: number;
    }
  | {
      /** The connection is closed while the content is received. */
      effect: 'cut';
      /** After how many bytes of the content, or at its end if it is shorter. */
      afterBytes: number;
    }
);

/**
 * A fault of HeadObject, with which the app confirms uploads.
 * @category Faults
 */
export type HeadObjectFault = {
  /** Marks a fault of HeadObject. */
  at: 'head-object';
} & (
  | {
      /** The request is answered with an error. */
      effect: 'answer';
      /** HTTP status, 400 to 599, for example 503. */
      status: number;
    }
  | {
      /** The request is answered after a delay. */
      effect: 'delay';
      /** Milliseconds, whole. */
      delayMs: number;
    }
);

/**
 * Which requests or callbacks a fault applies to, and how often; all given fields must match.
 * @category Faults
 */
export interface FaultScope {
  /** How many times the fault occurs. Default: 1; `Infinity` for always. */
  times?: number;
  /** Name of the bucket. Default: all. */
  bucket?: string;
  /** Key of the object. Default: all. */
  object?: string;
  /**
   * Operation of OSS, for example `UploadPart`; callbacks belong to the operation that requested them. Default: all.
   */
  operation?: OperationName;
}

/** The request or callback that a fault can apply to. */
export interface FaultTarget {
  bucket: string;
  object: string;
  operation: OperationName;
}

/**
 * The faults to inject into the local OSS: `simulator.faults.inject({ at: 'callback', effect: 'drop' })`.
 * @category Faults
 */
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

  /** Removes all faults. */
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
