import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { OssSimulator } from 'nestjs-oss-callback/simulator';
import { FaultsController } from './faults.controller.js';

/** The app, and beside it what lets the page make the local OSS go wrong. */
@Module({})
export class LocalModule {
  static around(app: Type<unknown>, oss: OssSimulator): DynamicModule {
    return {
      module: LocalModule,
      imports: [app],
      controllers: [FaultsController],
      providers: [{ provide: OssSimulator, useValue: oss }],
    };
  }
}
