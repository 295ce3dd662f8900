import { Controller, Injectable, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { EntityManager } from 'typeorm';
import {
  CompletedUpload,
  OnUploadCompleted,
  OssCallback,
  ossCallbackEntities,
  OssCallbackModule,
  OssUpload,
} from '../../../src/index.js';
import { HANDLED_TABLE, moduleOptions, type World } from '../world.js';
import type { ModuleContender } from './contender.js';
import { listen } from './listen.js';

@Controller()
class CallbackController {
  @OssCallback('oss/callback')
  answer(@CompletedUpload() upload: OssUpload) {
    return { uploadId: upload.id };
  }
}

@Injectable()
class Handler {
  @OnUploadCompleted()
  async note(upload: OssUpload, manager: EntityManager) {
    await manager.query(`INSERT INTO ${HANDLED_TABLE} (upload_id, owner) VALUES ($1, $2)`, [
      upload.id,
      upload.owner,
    ]);
  }
}

/** This package as an app uses it. */
export function startModuleApp(
  { platform, handler, confirms }: ModuleContender,
  world: World,
): Promise<number> {
  @Module({
    imports: [
      TypeOrmModule.forRoot({
        type: 'postgres',
        url: world.databaseUrl,
        entities: ossCallbackEntities,
        retryAttempts: 0,
      }),
      OssCallbackModule.forRoot(moduleOptions(world, confirms ? 'before-completion' : 'never')),
    ],
    controllers: [CallbackController],
    providers: handler ? [Handler] : [],
  })
  class AppModule {}

  return listen(AppModule, platform);
}
