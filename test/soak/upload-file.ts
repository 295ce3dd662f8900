import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../tools/embedded-postgres/index.js';
import { migrate } from '../support/app-module.js';
import type { UploadReport } from './messages.js';
import { killAndResume } from './kill-and-resume.js';
import { type OssProcess, startOssProcess, startUpload, writeRandomFile } from './programs.js';

/**
 * `npm run test:soak`: uploadFile and ali-oss's multipartUpload upload one file to one local OSS in turns; then an
 * upload is killed and taken up again. Ends with 1 where a promise does not hold.
 */
const MB = 1024 * 1024;
const SIZE_BYTES = Number(process.env.SOAK_MB ?? 1_024) * MB;
const ROUNDS = Number(process.env.SOAK_ROUNDS ?? 5);
const PART_BYTES = 8 * MB;
const PARALLEL = 4;
const MEMORY_LIMIT_BYTES = 150 * MB;
/** One and the same upload differs by more than this from round to round on a busy machine. */
const NOISE = 1.05;

const ways = ['uploadFile', 'ali-oss'] as const;

async function main(): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'oss-soak-'));
  const postgres = await startEmbeddedPostgres();
  let oss: OssProcess | undefined;
  try {
    await migrate(postgres.url);
    const path = join(folder, 'file.bin');
    await writeRandomFile(path, SIZE_BYTES);
    oss = await startOssProcess(join(folder, 'oss'));
    const { url: ossUrl, publicKey } = oss;
    const target = { ossUrl, publicKey, databaseUrl: postgres.url, path };
    const job = { ...target, partSizeBytes: PART_BYTES, parallel: PARALLEL };
    const reports = { uploadFile: [], 'ali-oss': [] } as Record<
      (typeof ways)[number],
      UploadReport[]
    >;
    for (let round = 0; round < ROUNDS; round += 1) {
      // Who goes first changes, so that neither always finds the caches warm.
      for (const way of round % 2 === 0 ? ways : ways.toReversed()) {
        const report = await startUpload({ ...job, way, object: `${way}-${round}.bin` }).done;
        if (!report) throw new Error(`${way} gave no report`);
        reports[way].push(report);
      }
    }
    const mine = summary(reports.uploadFile);
    const theirs = summary(reports['ali-oss']);
    console.log(
      `${SIZE_BYTES / MB} MB in parts of ${PART_BYTES / MB} MB, ${PARALLEL} at once, ${ROUNDS} rounds in turns`,
    );
    console.table({ uploadFile: mine, 'ali-oss multipartUpload': theirs });
    const resumed = await killAndResume(
      oss,
      {
        ...job,
        object: 'killed.bin',
        checkpointPath: join(folder, 'checkpoint.json'),
      },
      Math.ceil(SIZE_BYTES / PART_BYTES),
    );
    console.log(
      `Killed after ${resumed.before} of ${resumed.partCount} parts; the second process sent ${resumed.after}, ${resumed.twice} of them a second time.`,
    );
    return [
      check(mine.rssGrowthMb <= MEMORY_LIMIT_BYTES / MB, 'memory stays within 150 MB'),
      check(
        mine.medianMs <= theirs.medianMs * NOISE,
        `within ${Math.round((NOISE - 1) * 100)} % of the time of ali-oss, which compares no checksums: ${(mine.medianMs / theirs.medianMs).toFixed(2)} of it, by the medians`,
      ),
      check(
        resumed.before + resumed.after === resumed.partCount && resumed.twice === 0,
        'a killed upload goes on where it was',
      ),
      check(resumed.crc64 === reports.uploadFile[0]?.crc64, 'to the same object'),
    ].every(Boolean);
  } finally {
    await oss?.stop();
    await postgres.stop();
    await rm(folder, { recursive: true });
  }
}

function summary(reports: readonly UploadReport[]) {
  const times = reports.map(({ durationMs }) => Math.round(durationMs));
  const growth = reports.map(({ rssBefore, rssPeak }) => rssPeak - rssBefore);
  return {
    medianMs: median(times),
    medianCpuMs: median(reports.map(({ cpuMs }) => cpuMs)),
    times: times.join(' '),
    rssGrowthMb: Math.round(Math.max(...growth) / MB),
  };
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function check(holds: boolean, promise: string): boolean {
  console.log(`${holds ? 'holds' : 'BROKEN'}: ${promise}`);
  return holds;
}

process.exitCode = (await main()) ? 0 : 1;
