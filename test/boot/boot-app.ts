import { Controller, type INestApplication, type ModuleMetadata } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  OssCallback,
  ossCallbackEntities,
  OssCallbackModule,
  type OssCallbackOptions,
} from '../../src/index.js';
import { createAdapter, type PlatformName } from '../support/platforms.js';
import { TICKET_SECRET } from '../support/test-app.js';

export const bootOptions: OssCallbackOptions = {
  publicUrl: 'https://api.shop.cn',
  buckets: { main: { bucket: 'shop-uploads', region: 'cn-hangzhou' } },
  credentials: { accessKeyId: 'LTAI5tAbCdEf', accessKeySecret: 'Q7b3kXoP0vLr9sTnYw2eZc5uHd8jGm' },
  tickets: { secrets: [TICKET_SECRET] },
};

@Controller('oss')
export class OssController {
  @OssCallback('callback')
  answer() {}
}

export interface BootInput {
  platform?: PlatformName;
  databaseUrl: string;
  options?: Partial<OssCallbackOptions>;
  controllers?: ModuleMetadata['controllers'];
  /** Whether `imports` stand in place of the module with {@link bootOptions} and its DataSource. */
  withoutModule?: boolean;
  imports?: ModuleMetadata['imports'];
  entities?: (new () => object)[];
  configure?: (app: INestApplication) => void;
  onWarning?: (line: string) => void;
}

export function dataSourceModule(
  url: string,
  entities: (new () => object)[] = ossCallbackEntities,
) {
  return TypeOrmModule.forRoot({ type: 'postgres', url, entities, retryAttempts: 0 });
}

/** Starts an app as far as its bootstrap hooks, without listening, and closes it again. */
export async function boot<T = void>(
  input: BootInput,
  work?: (app: INestApplication) => T | Promise<T>,
): Promise<T | undefined> {
  const testing = await Test.createTestingModule({
    imports: [
      ...(input.withoutModule
        ? []
        : [
            dataSourceModule(input.databaseUrl, input.entities),
            OssCallbackModule.forRoot({ ...bootOptions, ...input.options }),
          ]),
      ...(input.imports ?? []),
    ],
    controllers: input.controllers,
  })
    .setLogger({ log: ignore, error: ignore, warn: input.onWarning ?? ignore })
    .compile();
  const app = testing.createNestApplication(createAdapter(input.platform ?? 'Express'));
  try {
    input.configure?.(app);
    await app.init();
    return await work?.(app);
  } finally {
    await app.close();
  }
}

function ignore(): void {}

/** What went wrong, as the one who starts the app reads it. */
export async function failureOf(start: Promise<unknown>): Promise<string> {
  return start.then(
    () => {
      throw new Error('the app started');
    },
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}
