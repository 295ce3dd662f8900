import { NestFactory } from '@nestjs/core';
import OSS from 'ali-oss';
import { OssUploadService } from '../../src/index.js';
import { appModule, appOptions } from '../support/app-module.js';
import { CallbackController } from '../support/callback-controller.js';
import { findFreePort } from '../../src/testing/free-port.js';
import { report, type UploadJob } from './messages.js';

const ways: Record<
  UploadJob['way'],
  (uploads: OssUploadService, job: UploadJob) => Promise<string>
> = {
  uploadFile: async (uploads, { object, path, partSizeBytes, parallel, checkpointPath }) => {
    const request = { object, path, partSizeBytes, parallel, checkpointPath };
    return (await uploads.uploadFile(request)).crc64;
  },
  'ali-oss': async (uploads, { object, path, partSizeBytes, parallel, ossUrl }) => {
    const { bucket, headers, contentType, callback } = await uploads.authorizeSdk({ object });
    const client = new OSS({
      accessKeyId: 'local-oss-access-key-id',
      accessKeySecret: 'local-oss-access-key-secret',
      bucket,
      region: 'oss-cn-hangzhou',
      endpoint: ossUrl,
      authorizationV4: true,
    });
    const { res } = await client.multipartUpload(object, path, {
      partSize: partSizeBytes,
      parallel,
      mime: contentType,
      headers: { ...headers, ...callback.headers },
    });
    return (res.headers as Record<string, string>)['x-oss-hash-crc64ecma'] ?? '';
  },
};

/** An app that uploads a file by itself, or with ali-oss; ticket, callback and record are the same. */
async function main(job: UploadJob): Promise<void> {
  const port = await findFreePort();
  const localOss = { url: job.ossUrl, publicKey: job.publicKey };
  const app = await NestFactory.create(
    appModule(job.databaseUrl, appOptions(`http://127.0.0.1:${port}`, localOss), {
      controllers: [CallbackController],
    }),
    { logger: ['error', 'fatal'] },
  );
  await app.listen(port, '127.0.0.1');
  await report(() => ways[job.way](app.get(OssUploadService), job));
  await app.close();
}

await main(JSON.parse(process.argv[2] ?? '{}') as UploadJob);
process.disconnect?.();
