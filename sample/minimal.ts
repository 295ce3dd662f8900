import 'reflect-metadata';
import { Controller, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  CompletedUpload,
  OssCallback,
  ossCallbackConfig,
  ossCallbackEntities,
  OssCallbackModule,
  OssUpload,
  OssUploadService,
  runOssCallbackMigrations,
} from 'nestjs-oss-callback';
import { DataSource } from 'typeorm';

// The smallest app, to copy. Its settings are in the environment: DATABASE_URL, PORT, and the variables of
// .env.example. Against a local OSS: npx oss-simulator, and OSS_LOCAL_URL=http://127.0.0.1:9100.

@Controller('files')
class FilesController {
  constructor(private readonly uploads: OssUploadService) {}

  /** For the client: where to send a file, and the fields that go with it. */
  @Post()
  authorize() {
    return this.uploads.authorizePostObject({
      objectPrefix: 'files/',
      maxSizeBytes: 10_000_000,
      owner: 'the user of your session',
    });
  }

  /** For OSS, when the file is there. The client gets what this returns. */
  @OssCallback('oss-callback')
  onUpload(@CompletedUpload() upload: OssUpload) {
    return { id: upload.id, key: upload.object, size: upload.size };
  }
}

@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      useFactory: () => ({
        type: 'postgres',
        url: process.env.DATABASE_URL,
        entities: [...ossCallbackEntities],
      }),
    }),
    OssCallbackModule.forRootAsync(ossCallbackConfig.asProvider()),
  ],
  controllers: [FilesController],
})
class AppModule {}

async function main(): Promise<void> {
  const app = await NestFactory.create(AppModule);
  await runOssCallbackMigrations(app.get(DataSource));
  await app.listen(process.env.PORT ?? 3000);
  console.log(`Listening on ${await app.getUrl()}`);
}

void main();
