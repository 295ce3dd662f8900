import type { UploadProgress } from '../authorize/multipart-request.js';

/** Adds up what has left of each part. A part that is sent again counts only when it gets beyond where it was. */
export class UploadProgressMeter {
  private readonly byPart = new Map<number, number>();
  private sentBytes = 0;

  constructor(
    private readonly totalBytes: number,
    private readonly listener: ((progress: UploadProgress) => void) | undefined,
  ) {}

  report(partNumber: number, sentBytes: number): void {
    const before = this.byPart.get(partNumber) ?? 0;
    if (sentBytes <= before) return;
    this.byPart.set(partNumber, sentBytes);
    this.sentBytes += sentBytes - before;
    this.listener?.({ sentBytes: this.sentBytes, totalBytes: this.totalBytes });
  }
}
