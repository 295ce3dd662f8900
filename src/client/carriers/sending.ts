import type { CancelSignal } from '../environment.js';
import type { ProgressReport } from '../progress.js';
import type { UploadSource } from '../source.js';
import type { Transport } from '../transports/transport.js';

/** What every way to upload needs. */
export interface Sending {
  file: UploadSource;
  transport: Transport;
  signal: CancelSignal;
  retries: number;
  progress: ProgressReport;
}
