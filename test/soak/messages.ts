/** What the programs of this folder are told, as their one argument (JSON), and what they report. */
export interface UploadJob {
  ossUrl: string;
  publicKey: string;
  /** A migrated database; ali-oss needs none. */
  databaseUrl: string;
  path: string;
  object: string;
  partSizeBytes: number;
  parallel: number;
  checkpointPath?: string;
}

export interface UploadReport {
  kind: 'uploaded';
  durationMs: number;
  /** Resident memory before the upload, and the most that the process ever had, in bytes. */
  rssBefore: number;
  rssPeak: number;
  crc64: string;
}

export interface OssStarted {
  kind: 'started';
  url: string;
  publicKey: string;
}

/** A part that the local OSS was sent. */
export interface OssPart {
  kind: 'part';
  object: string;
  partNumber: number;
  status: number;
}

/** Runs an upload between two looks at the memory, and tells the parent. */
export async function report(upload: () => Promise<string>): Promise<void> {
  const rssBefore = process.memoryUsage.rss();
  const startedAt = performance.now();
  const crc64 = await upload();
  const durationMs = performance.now() - startedAt;
  const rssPeak = process.resourceUsage().maxRSS * 1024;
  const message: UploadReport = { kind: 'uploaded', durationMs, rssBefore, rssPeak, crc64 };
  process.send?.(message);
}
