import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { OssSimulator } from 'nestjs-oss-callback/simulator';
import { DataSource } from 'typeorm';
import { EventsController } from './events.controller.js';
import { FaultsController } from './faults.controller.js';
import { Forgeries } from './forgeries.js';
import { UploadTraces } from './upload-traces.js';

/** The app, and beside it what shows each upload's steps and lets the local OSS go wrong. */
@Module({})
export class LocalModule {
  static around(app: Type<unknown>, oss: OssSimulator): DynamicModule {
    return {
      module: LocalModule,
      imports: [app],
      controllers: [FaultsController, EventsController],
      providers: [
        { provide: OssSimulator, useValue: oss },
        {
          provide: UploadTraces,
          useFactory: (dataSource: DataSource) => new UploadTraces(oss, dataSource),
          inject: [DataSource],
        },
        { provide: Forgeries, useValue: new Forgeries(oss) },
      ],
    };
  }
}
