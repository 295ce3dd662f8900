import type { OssUpload } from '../../database/oss-upload.entity.js';
import {
  checkOneOf,
  checkTexts,
  type OssUploadFilter,
  UPLOAD_SOURCES,
} from '../queries/upload-filter.js';

/** Which records to watch: only by properties that never change. */
export type OssUploadWatchFilter = Pick<OssUploadFilter, 'owner' | 'bucket' | 'object' | 'source'>;

/** @throws OssCallbackError `INVALID_FILTER`, also for properties that change, such as the status */
export function checkWatchFilter({ source, ...exact }: OssUploadWatchFilter): OssUploadWatchFilter {
  if (source !== undefined) checkOneOf('source', source, UPLOAD_SOURCES);
  return { ...checkTexts(exact), source };
}

export type OssUploadEvent =
  /** Every change from now on is reported: load the list now. */
  | { type: 'ready' }
  /** A new or changed record, in its current state. */
  | { type: 'upload'; upload: OssUpload }
  /** There were more changes than could be reported: load the list again. */
  | { type: 'missed' };

export interface OssUploadWatchOptions {
  /**
   * Who watches, for example a user id. A process has room for 1,000 watches; if all are taken, the viewer with the
   * most loses the oldest to one with fewer. Watches without a viewer are never ended for others.
   */
  viewer?: string;
}

/** How many records are buffered for a slow reader. */
const MAX_WAITING = 500;

/**
 * Events for one viewer. Ends when `close` is called, when its loop is left, when the app shuts down, or when another
 * viewer needs its place. A slow reader gets the latest state of each record, or `missed` if there are too many.
 */
export class OssUploadWatch implements AsyncIterableIterator<OssUploadEvent> {
  private readonly waiting = new Map<string, OssUpload>();
  private readonly signals: OssUploadEvent[] = [];
  private wake: (() => void) | undefined;
  private isClosed = false;
  private readonly closeListeners: (() => void)[] = [];

  constructor(
    private readonly filter: OssUploadWatchFilter,
    readonly viewer?: string,
  ) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

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

  async return(): Promise<IteratorResult<OssUploadEvent, undefined>> {
    this.close();
    return { done: true, value: undefined };
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.waiting.clear();
    this.wake?.();
    for (const listener of this.closeListeners) listener();
  }

  /** @param listener called once, for any reason of closing */
  onClose(listener: () => void): void {
    this.closeListeners.push(listener);
  }

  /** For the feed. */
  signal(type: 'ready' | 'missed'): void {
    if (type === 'missed') this.waiting.clear(); // the viewer reloads the list
    if (!this.signals.some((signal) => signal.type === type)) this.signals.push({ type });
    this.wake?.();
  }

  /** For the feed. */
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
