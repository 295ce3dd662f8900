import type { OssUpload } from '../../database/oss-upload.entity.js';
import {
  checkOneOf,
  checkTexts,
  type OssUploadFilter,
  UPLOAD_SOURCES,
} from '../queries/upload-filter.js';

/**
 * Which records to watch: only by properties that never change.
 * @category Records
 */
export type OssUploadWatchFilter = Pick<OssUploadFilter, 'owner' | 'bucket' | 'object' | 'source'>;

/** @throws OssCallbackError `INVALID_FILTER`, also for properties that change, such as the status */
export function checkWatchFilter({ source, ...exact }: OssUploadWatchFilter): OssUploadWatchFilter {
  if (source !== undefined) checkOneOf('source', source, UPLOAD_SOURCES);
  return { ...checkTexts(exact), source };
}

/**
 * An event of an {@link OssUploadWatch}.
 * @category Records
 */
export type OssUploadEvent =
  | {
      /** Every change from now on is reported: load the list now. */
      type: 'ready';
    }
  | {
      /** A record was created or has changed. */
      type: 'upload';
      /** The record in its current state. */
      upload: OssUpload;
    }
  | {
      /** There were more changes than could be reported: load the list again. */
      type: 'missed';
    };

/**
 * Options of `OssUploadAudit.watch`.
 * @category Records
 */
export interface OssUploadWatchOptions {
  /**
   * Who watches, for example a user id. A process has room for 1,000 watches. If all are taken, the oldest watch of the
   * viewer who has the most makes room for a viewer who has fewer. Watches without a viewer are never ended for others.
   * Default: none.
   */
  viewer?: string;
}

/** How many records are buffered for a slow reader. */
const MAX_WAITING = 500;

/**
 * Events for one viewer. Ends when `close` is called, when its loop is left, when the app shuts down, or when another
 * viewer needs its place. A slow reader gets the latest state of each record, or `missed` if there are too many.
 * @category Records
 */
export class OssUploadWatch implements AsyncIterableIterator<OssUploadEvent> {
  private readonly waiting = new Map<string, OssUpload>();
  private readonly signals: OssUploadEvent[] = [];
  private wake: (() => void) | undefined;
  private isClosed = false;
  private readonly closeListeners: (() => void)[] = [];

  /** @internal */
  constructor(
    private readonly filter: OssUploadWatchFilter,
    /** The viewer that the options named. */
    readonly viewer?: string,
  ) {}

  /** The watch itself, for `for await (const event of watch)`. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Waits for the next event; `done` once the watch has ended. */
  async next(): Promise<IteratorResult<OssUploadEvent, undefined>> {
    for (;;) {
      if (this.isClosed) return { done: true, value: undefined };
      const value = this.take();
      if (value) return { done: false, value };
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  /** Ends the watch; called when a `for await` loop is left. */
  async return(): Promise<IteratorResult<OssUploadEvent, undefined>> {
    this.close();
    return { done: true, value: undefined };
  }

  /** Ends the watch. Events that were not read yet are dropped. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.waiting.clear();
    this.wake?.();
    for (const listener of this.closeListeners) listener();
  }

  /**
   * Registers a listener for the end of the watch, for any reason.
   * @param listener called once
   */
  onClose(listener: () => void): void {
    this.closeListeners.push(listener);
  }

  /** @internal For the feed. */
  signal(type: 'ready' | 'missed'): void {
    if (type === 'missed') this.waiting.clear(); // the viewer reloads the list
    if (!this.signals.some((signal) => signal.type === type)) this.signals.push({ type });
    this.wake?.();
  }

  /** @internal For the feed. */
  offer(upload: OssUpload): void {
    const { filter } = this;
    const names = ['owner', 'bucket', 'object', 'source'] as const;
    if (names.some((name) => filter[name] !== undefined && filter[name] !== upload[name])) return;
    this.waiting.delete(upload.id);
    this.waiting.set(upload.id, upload);
    if (this.waiting.size > MAX_WAITING) this.signal('missed');
    this.wake?.();
  }

  private take(): OssUploadEvent | undefined {
    const signal = this.signals.shift();
    if (signal) return signal;
    const [upload] = this.waiting.values();
    if (!upload) return undefined;
    this.waiting.delete(upload.id);
    return { type: 'upload', upload };
  }
}
