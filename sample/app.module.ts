import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  ossCallbackConfig,
  ossCallbackEntities,
  ossCallbackMigrations,
  OssCallbackModule,
} from 'nestjs-oss-callback';
import { UploadsController } from './uploads.controller.js';

/** The whole app: a database, the module, a controller. Everything else comes from the environment. */
@Module({
  imports: [
    ConfigModule.forRoot({ ignoreEnvFile: true }),
    TypeOrmModule.forRootAsync({
      useFactory: () => ({
        type: 'postgres',
        url: process.env.DATABASE_URL,
        entities: ossCallbackEntities,
        migrations: ossCallbackMigrations,
        retryAttempts: 0,
      }),
    }),
    OssCallbackModule.forRootAsync(ossCallbackConfig.asProvider()),
  ],
  controllers: [UploadsController],
})
export class AppModule {}
