export interface UploadProgress {
  sentBytes: number;
  /** Size of the file. */
  totalBytes: number;
}

/** Tells how much of a file has left: never less than before, and in the end all of it. */
export class ProgressReport {
  private last = -1;

  constructor(
    /** Undefined where the size of the file is not known. */
    private readonly sizeBytes: number | undefined,
    private readonly onProgress: ((progress: UploadProgress) => void) | undefined,
  ) {}

  /** @param bodyBytes size of what is sent, in which the file stands last */
  sentOfBody(sentBytes: number, bodyBytes: number): void {
    this.sent(sentBytes - (bodyBytes - (this.sizeBytes ?? bodyBytes)), bodyBytes);
  }

  sent(sentBytes: number, totalBytes = this.sizeBytes ?? 0): void {
    const total = this.sizeBytes ?? totalBytes;
    const sent = Math.max(0, Math.min(sentBytes, total));
    if (sent <= this.last) return;
    this.last = sent;
    this.onProgress?.({ sentBytes: sent, totalBytes: total });
  }

  /** The file is stored. */
  ended(): void {
    this.sent(this.sizeBytes ?? this.last);
  }
}
