import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  CompletedUpload,
  OssCallback,
  ossCallbackEntities,
  OssCallbackModule,
  type OssCallbackOptions,
  OssUpload,
} from '../../src/index.js';
import { createAdapter, type PlatformName } from '../support/platforms.js';

/** What the process is told in its environment, as JSON. */
export interface AppProcessSettings {
  platform: PlatformName;
  databaseUrl: string;
  options: OssCallbackOptions;
}

@Controller()
class CallbackController {
  @OssCallback('oss/callback')
  answer(@CompletedUpload() upload: OssUpload) {
    return { uploadId: upload.id, key: upload.object };
  }
}

const { platform, databaseUrl, options } = JSON.parse(
  process.env.APP_PROCESS_SETTINGS ?? '',
) as AppProcessSettings;

@Module({
  imports: [
    TypeOrmModule.forRoot({
      type: 'postgres',
      url: databaseUrl,
      entities: ossCallbackEntities,
      retryAttempts: 0,
    }),
    OssCallbackModule.forRoot(options),
  ],
  controllers: [CallbackController],
})
class AppModule {}

const app = await NestFactory.create(AppModule, createAdapter(platform), { logger: false });
await app.listen(0, '127.0.0.1');
process.on('SIGTERM', () => void app.close().then(() => process.exit(0)));
process.stdout.write(`listening on ${await app.getUrl()}\n`);
