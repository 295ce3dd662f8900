import type { OssUpload } from '../../database/oss-upload.entity.js';
import {
  checkOneOf,
  checkTexts,
  type OssUploadFilter,
  UPLOAD_SOURCES,
} from '../queries/upload-filter.js';

/** Whose records are watched: by what never changes in a record. */
export type OssUploadWatchFilter = Pick<OssUploadFilter, 'owner' | 'bucket' | 'object' | 'source'>;

/** @throws OssCallbackError `INVALID_FILTER`, also for what changes in a record, such as its status */
export function checkWatchFilter({ source, ...exact }: OssUploadWatchFilter): OssUploadWatchFilter {
  if (source !== undefined) checkOneOf('source', source, UPLOAD_SOURCES);
  return { ...checkTexts(exact), source };
}

export type OssUploadEvent =
  /** From now on every change is told: read the list now. */
  | { type: 'ready' }
  /** A record that is new, or has changed, as it is now. */
  | { type: 'upload'; upload: OssUpload }
  /** More happened than could be told one by one: read the list again. */
  | { type: 'missed' };

export interface OssUploadWatchOptions {
  /**
   * Who watches, for example a user id. A process has room for 1,000 watches; where all places are taken, the viewer
   * with the most gives up the oldest of his to one with fewer. Watches without a viewer stay.
   */
  viewer?: string;
}

/** How many records wait for one who reads slowly. */
const MAX_WAITING = 500;

/**
 * Events for one who watches. It ends when `close` is called, when its loop is left, when the app shuts down, or
 * when another viewer needs its place. Who reads slowly gets the last state of each record, and `missed` where that is too much.
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

  /** @param listener called once, whoever closes the watch */
  onClose(listener: () => void): void {
    this.closeListeners.push(listener);
  }

  /** For the feed. */
  signal(type: 'ready' | 'missed'): void {
    if (type === 'missed') this.waiting.clear(); // the list has them
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
