import OSS from 'ali-oss';
import { report, type UploadJob } from './messages.js';

/** The same upload with ali-oss; without a callback, which costs time. */
async function main(job: UploadJob): Promise<void> {
  const client = new OSS({
    accessKeyId: 'local-oss-access-key-id',
    accessKeySecret: 'local-oss-access-key-secret',
    bucket: 'uploads',
    region: 'oss-cn-hangzhou',
    endpoint: job.ossUrl,
    authorizationV4: true,
  });
  await report(async () => {
    const { res } = await client.multipartUpload(job.object, job.path, {
      partSize: job.partSizeBytes,
      parallel: job.parallel,
    });
    const headers = res.headers as Record<string, string>;
    return headers['x-oss-hash-crc64ecma'] ?? '';
  });
}

await main(JSON.parse(process.argv[2] ?? '{}') as UploadJob);
process.disconnect?.();
