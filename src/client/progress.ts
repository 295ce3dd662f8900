/**
 * Progress of an upload.
 * @category Uploads
 */
export interface UploadProgress {
  /** Bytes of the file that are sent; never less than before. */
  sentBytes: number;
  /** Size of the file in bytes. */
  totalBytes: number;
}

/** Reports how much of a file is sent: never less than before, and at the end all of it. */
export interface ProgressReport {
  /** @param bodyBytes size of the body, at whose end the file is */
  sent(sentBytes: number, bodyBytes?: number): void;
  /** The file is stored. */
  ended(): void;
}

/** @param sizeBytes size of the file; if it is unknown, that of the body is used */
export function reportProgress(
  sizeBytes: number | undefined,
  onProgress: ((progress: UploadProgress) => void) | undefined,
): ProgressReport {
  let last = -1;
  const sent = (sentBytes: number, bodyBytes = sizeBytes ?? 0) => {
    const totalBytes = sizeBytes ?? bodyBytes;
    const ofFile = Math.min(Math.max(0, sentBytes - bodyBytes + totalBytes), totalBytes);
    if (ofFile <= last) return;
    last = ofFile;
    onProgress?.({ sentBytes: ofFile, totalBytes });
  };
  return { sent, ended: () => sizeBytes !== undefined && sent(sizeBytes) };
}
