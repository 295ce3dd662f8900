/** What the programs of this folder are told, as their one argument (JSON), and what they report. */
export interface UploadJob {
  way: 'uploadFile' | 'ali-oss';
  ossUrl: string;
  publicKey: string;
  /** A migrated database. */
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
  /** Processor time of the uploading process. */
  cpuMs: number;
  /** Resident memory before the upload, and the most that the process had during it, in bytes. */
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
  let rssPeak = rssBefore;
  const look = () => (rssPeak = Math.max(rssPeak, process.memoryUsage.rss()));
  // The process's own record of its peak would count what it needed to start.
  const looking = setInterval(look, 5);
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  const crc64 = await upload();
  const durationMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpuBefore);
  const cpuMs = Math.round((user + system) / 1_000);
  clearInterval(looking);
  look();
  const figures = { durationMs, cpuMs, rssBefore, rssPeak, crc64 };
  process.send?.({ kind: 'uploaded', ...figures } satisfies UploadReport);
}
