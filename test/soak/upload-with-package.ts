import { createServer } from 'node:net';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
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

/** An app that uploads a file with this package, callback and record included. */
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
  const { object, path, partSizeBytes, parallel, checkpointPath } = job;
  await report(async () => {
    const { crc64 } = await app
      .get(OssUploadService)
      .uploadFile({ object, path, partSizeBytes, parallel, checkpointPath });
    return crc64;
  });
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
