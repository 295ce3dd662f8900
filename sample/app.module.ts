import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { APP_GUARD } from '@nestjs/core';
import { ThrottlerModule } from '@nestjs/throttler';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  ossCallbackConfig,
  ossCallbackEntities,
  ossCallbackMigrations,
  OssCallbackModule,
} from 'nestjs-oss-callback';
import { CreateStoredFiles1763700000000 } from './files/create-stored-files.migration.js';
import { FilesController } from './files/files.controller.js';
import { FilesService } from './files/files.service.js';
import { StoredFile } from './files/stored-file.entity.js';
import { SameOriginGuard } from './session/same-origin.guard.js';
import { SessionController } from './session/session.controller.js';
import { Sessions } from './session/sessions.js';
import { RecordsController } from './uploads/records.controller.js';
import { CallbackController, UploadsController } from './uploads/uploads.controller.js';

/** The whole app: a database, the module, sessions, and what the page asks for. Settings come from the environment. */
@Module({
  imports: [
    ConfigModule.forRoot({ ignoreEnvFile: true }),
    TypeOrmModule.forRootAsync({
      useFactory: () => ({
        type: 'postgres',
        url: process.env.DATABASE_URL,
        entities: [...ossCallbackEntities, StoredFile],
        migrations: [...ossCallbackMigrations, CreateStoredFiles1763700000000],
        retryAttempts: 0,
      }),
    }),
    ThrottlerModule.forRoot([{ ttl: 60_000, limit: 60 }]),
    OssCallbackModule.forRootAsync(ossCallbackConfig.asProvider()),
  ],
  controllers: [
    SessionController,
    CallbackController,
    UploadsController,
    RecordsController,
    FilesController,
  ],
  providers: [{ provide: APP_GUARD, useClass: SameOriginGuard }, Sessions, FilesService],
  exports: [Sessions],
})
export class AppModule {}
