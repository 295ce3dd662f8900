import { Log } from '../../common/log.js';
import type { DataSource } from 'typeorm';
import { nameAndMessageOf } from '../../common/error-text.js';
import { OssCallbackError } from '../../common/errors.js';
import { logText, unquoted } from '../../common/log-text.js';
import { UploadChangeFinder } from './upload-changes.js';
import {
  OssUploadWatch,
  type OssUploadWatchFilter,
  type OssUploadWatchOptions,
} from './upload-watch.js';

const MAX_WATCHES = 1_000;

/** Polls once for all watches of this process, and not at all while there are none. */
export class UploadFeed {
  private readonly log = new Log('OssUploadAudit');
  private readonly watches = new Set<OssUploadWatch>();
  private isPolling = false;
  private isReady = false;
  private isClosed = false;
  private endPause: (() => void) | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly pauseMs = 1_000,
  ) {}

  /** @throws OssCallbackError `OVERLOADED` if all 1,000 places are taken and no viewer has more than a fair share */
  watch(filter: OssUploadWatchFilter, { viewer }: OssUploadWatchOptions = {}): OssUploadWatch {
    if (this.watches.size >= MAX_WATCHES) this.makeRoomFor(viewer);
    const watch = new OssUploadWatch(filter, viewer);
    watch.onClose(() => this.forget(watch));
    this.watches.add(watch);
    if (this.isClosed) watch.close();
    else if (this.isReady) watch.signal('ready');
    if (!this.isPolling && !this.isClosed) void this.pollWhileWatched();
    return watch;
  }

  /** Ends every watch, so that their connections do not keep the server from closing. */
  close(): void {
    this.isClosed = true;
    for (const watch of this.watches) watch.close();
  }

  /** Ends the oldest watch of the viewer with the most, unless the new one would then have as many. */
  private makeRoomFor(viewer: string | undefined): void {
    const byViewer = new Map<string, OssUploadWatch[]>();
    for (const watch of this.watches) {
      if (watch.viewer === undefined) continue;
      const theirs = byViewer.get(watch.viewer);
      if (theirs) theirs.push(watch);
      else byViewer.set(watch.viewer, [watch]);
    }
    const own = viewer === undefined ? 0 : (byViewer.get(viewer)?.length ?? 0);
    let most: OssUploadWatch[] = [];
    for (const theirs of byViewer.values()) if (theirs.length > most.length) most = theirs;
    if (most.length <= own + 1) {
      throw new OssCallbackError('OVERLOADED', 'Too many viewers are watching the uploads.');
    }
    most[0]!.close();
  }

  private forget(watch: OssUploadWatch): void {
    this.watches.delete(watch);
    if (this.watches.size === 0) this.endPause?.();
  }

  private async pollWhileWatched(): Promise<void> {
    this.isPolling = true;
    const finder = new UploadChangeFinder(this.dataSource);
    while (this.watches.size > 0) {
      await this.poll(finder);
      if (this.watches.size > 0) await this.pause();
    }
    this.isReady = false;
    this.isPolling = false;
  }

  private async poll(finder: UploadChangeFinder): Promise<void> {
    try {
      const { uploads, isIncomplete } = await finder.poll();
      if (!this.isReady) this.signalAll('ready');
      this.isReady = true;
      for (const watch of this.watches) for (const upload of uploads) watch.offer(upload);
      if (isIncomplete) this.signalAll('missed');
    } catch (error) {
      // The next poll finds what this one missed.
      this.log.warn(logText`Uploads could not be polled: ${unquoted(nameAndMessageOf(error))}`);
    }
  }

  private signalAll(type: 'ready' | 'missed'): void {
    for (const watch of this.watches) watch.signal(type);
  }

  private pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.pauseMs).unref();
      this.endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
