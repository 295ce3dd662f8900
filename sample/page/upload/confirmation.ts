import { askApp, Refused } from '../app-api.js';

const POLL_PAUSE_MS = 1_000;
/** Nothing more comes of these by itself. */
const FINAL = [
  'completed',
  'rejected',
  'abandoned',
  'expired',
  'ambiguous',
  'unresolved',
  'unknown',
];

interface StatusReport {
  status: string;
}

/** Waits for what becomes of an upload whose callback failed. Uploading again would be wrong: the object is there. */
export class Confirmation {
  private wake: (() => void) | undefined;

  constructor(
    readonly uploadId: string,
    private readonly onStatus: (status: string) => void,
  ) {}

  /** @returns the status that the upload ended with */
  async wait(): Promise<string> {
    for (;;) {
      const status = await this.read('GET', 'status');
      if (status !== undefined && FINAL.includes(status)) return status;
      await this.pause();
    }
  }

  /** Asks the app to look for the object now. */
  async checkNow(): Promise<void> {
    await this.read('POST', 'reconciliation');
    this.wake?.();
  }

  /** @returns undefined where the app does not answer now */
  private async read(method: 'GET' | 'POST', what: string): Promise<string | undefined> {
    try {
      const path = `/uploads/${encodeURIComponent(this.uploadId)}/${what}`;
      const { status } = await askApp<StatusReport>(method, path);
      this.onStatus(status);
      return status;
    } catch (error) {
      if (error instanceof Refused && [401, 404].includes(error.status)) throw error;
      return undefined;
    }
  }

  private pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, POLL_PAUSE_MS);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
