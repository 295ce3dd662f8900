import { createServer } from 'node:net';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import OSS from 'ali-oss';
import {
  OssCallback,
  ossCallbackEntities,
  OssCallbackModule,
  OssUploadService,
} from '../../src/index.js';
import { report, type UploadJob } from './messages.js';

@Controller()
class CallbackController {
  @OssCallback('oss/callback')
  answer() {
    return { ok: true };
  }
}

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
  const port = await freePort();
  @Module({
    imports: [
      TypeOrmModule.forRoot({
        type: 'postgres',
        url: job.databaseUrl,
        entities: ossCallbackEntities,
        retryAttempts: 0,
      }),
      OssCallbackModule.forRoot({
        publicUrl: `http://127.0.0.1:${port}`,
        buckets: { main: { bucket: 'uploads', region: 'cn-hangzhou' } },
        tickets: { secrets: ['Zm9yIHRlc3RzIG9ubHksIGJ1dCBsb25nIGVub3VnaA=='] },
        environment: 'test',
        localOss: { url: job.ossUrl, publicKey: job.publicKey },
      }),
    ],
    controllers: [CallbackController],
  })
  class AppModule {}
  const app = await NestFactory.create(AppModule, { logger: ['error', 'fatal'] });
  await app.listen(port, '127.0.0.1');
  await report(() => ways[job.way](app.get(OssUploadService), job));
  await app.close();
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

await main(JSON.parse(process.argv[2] ?? '{}') as UploadJob);
process.disconnect?.();
