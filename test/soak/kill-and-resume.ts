import type { UploadJob } from './messages.js';
import { type OssProcess, startUpload } from './programs.js';

/** Kills an upload when 60 % of its parts have arrived, and starts another process for it. */
export async function killAndResume(
  oss: OssProcess,
  job: Omit<UploadJob, 'way'>,
  partCount: number,
) {
  const arrived = () =>
    oss.parts.filter(({ object, status }) => object === job.object && status === 200);
  const first = startUpload({ ...job, way: 'uploadFile' });
  oss.onPart = () => {
    if (arrived().length >= partCount * 0.6) first.kill();
  };
  const survived = await first.done;
  oss.onPart = undefined;
  if (survived) throw new Error('the upload was done before it was killed');
  const before = arrived().length;
  const report = await startUpload({ ...job, way: 'uploadFile' }).done;
  const numbers = arrived().map(({ partNumber }) => partNumber);
  return {
    partCount,
    before,
    after: numbers.length - before,
    twice: numbers.length - new Set(numbers).size,
    crc64: report?.crc64,
  };
}
