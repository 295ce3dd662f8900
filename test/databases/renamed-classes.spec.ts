import { expect, it } from 'vitest';
import { root, runBundled } from '../support/run-bundled.js';
import { useDatabase } from '../support/test-app.js';
import { createTestDatabase } from '../support/test-database.js';

const database = useDatabase(undefined, () => createTestDatabase());

const script = `
  import 'reflect-metadata';
  import { subscribe } from 'node:diagnostics_channel';
  import { NestFactory } from '@nestjs/core';
  import { DataSource } from 'typeorm';
  import { OSS_CALLBACK_CHANNELS, OssUpload, OssUploadService } from '${root}src/index.ts';
  import { OssSimulator } from '${root}src/simulator/index.ts';
  import { appModule, migrate } from '${root}test/support/app-module.ts';
  import { CallbackController } from '${root}test/support/callback-controller.ts';
  import { findFreePort } from '${root}src/testing/free-port.ts';

  const url = process.env.TEST_DATABASE_URL;
  await migrate(url);
  const inserts = [];
  subscribe(OSS_CALLBACK_CHANNELS.insert, (message) => inserts.push(message.entity));
  const oss = new OssSimulator();
  await oss.start();
  const port = await findFreePort();
  const module = appModule(
    url,
    {
      publicUrl: 'http://127.0.0.1:' + port,
      buckets: { main: { bucket: 'uploads', region: 'cn-hangzhou' } },
      tickets: { secrets: ['Zm9yIHRlc3RzIG9ubHksIGJ1dCBsb25nIGVub3VnaA=='] },
      environment: 'test',
      localOss: { url: oss.url, publicKey: oss.publicKey },
    },
    { controllers: [CallbackController] },
  );
  const app = await NestFactory.create(module, { logger: false, abortOnError: false });
  await app.listen(port, '127.0.0.1');
  const { uploadId } = await app.get(OssUploadService).putObject({ object: 'a.txt', body: 'a' });
  const { status } = await app.get(DataSource).manager.findOneBy(OssUpload, { id: uploadId });
  console.log(JSON.stringify({ isRenamed: OssUpload.name !== 'OssUpload', status, inserts }));
  process.exit();
`;

it('a bundle that renames all classes migrates, records an upload, and publishes the names of the documents', async () => {
  const printed = await runBundled(script, { databaseUrl: database.url, minify: true });
  expect(JSON.parse(printed)).toEqual({
    isRenamed: true,
    status: 'completed',
    inserts: ['OssUploadTicket', 'OssUpload'],
  });
});
