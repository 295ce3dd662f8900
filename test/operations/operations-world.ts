import { Controller, Get, Header, Injectable } from '@nestjs/common';
import { HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { Registry } from 'prom-client';
import {
  OnUploadCompleted,
  OssCallback,
  OssCallbackHealthIndicator,
  type OssCallbackHealthLimits,
  OssCallbackMetricsModule,
} from '../../src/index.js';
import type { PlatformName } from '../support/platforms.js';
import { startOss, startTestApp, type TestApp, type TestAppOptions } from '../support/test-app.js';

export interface OperationsWorld extends TestApp {
  registry: Registry;
  handlers: { begun: number; fail: boolean; hold: Promise<void> | undefined };
  limits: OssCallbackHealthLimits;
  /** What a scrape reads: a sample's name with labels to its value. */
  scrape(): Promise<Record<string, number>>;
  health(): Promise<{ status: number; body: HealthBody }>;
  /** Uploads with a presigned PUT. */
  upload(): Promise<{ uploadId: string; status: number }>;
}

export interface HealthBody {
  status: string;
  details: Record<string, Record<string, unknown>>;
}

/** An app as operators know it: `/metrics` of prom-client and `/health` of terminus. */
export async function startOperationsWorld(
  platform: PlatformName,
  options: Partial<TestAppOptions> = {},
): Promise<OperationsWorld> {
  const registry = new Registry();
  const handlers: OperationsWorld['handlers'] = { begun: 0, fail: false, hold: undefined };
  const limits: OssCallbackHealthLimits = {};

  @Injectable()
  class Albums {
    @OnUploadCompleted()
    async add() {
      handlers.begun += 1;
      await handlers.hold;
      if (handlers.fail) throw new Error('not now');
    }
  }

  @Controller()
  class AppController {
    constructor(
      private readonly health: HealthCheckService,
      private readonly callbacks: OssCallbackHealthIndicator,
    ) {}

    @OssCallback('oss/callback')
    answer() {}

    @Get('metrics')
    @Header('Content-Type', registry.contentType)
    metrics() {
      return registry.metrics();
    }

    @Get('health')
    check() {
      return this.health.check([() => this.callbacks.isHealthy('oss-callback', limits)]);
    }
  }

  const oss = options.oss ?? (await startOss());
  const world = await startTestApp({
    ...options,
    oss,
    platform,
    controllers: [AppController],
    providers: [Albums],
    imports: [
      OssCallbackMetricsModule.register({ registry }),
      TerminusModule.forRoot({ logger: false }),
    ],
  });
  return {
    ...world,
    registry,
    handlers,
    limits,
    scrape: async () => parse(await (await fetch(`${world.url}/metrics`)).text()),
    health: async () => {
      const response = await fetch(`${world.url}/health`);
      return { status: response.status, body: (await response.json()) as HealthBody };
    },
    upload: async () => {
      const { uploadId, url, method, headers } = await world.uploads.authorizePutObject({
        objectPrefix: 'albums/',
      });
      const response = await fetch(url, { method, headers, body: 'hello' });
      await response.text();
      return { uploadId, status: response.status };
    },
    stop: async () => {
      await world.stop();
      if (!options.oss) await oss.stop();
    },
  };
}

/** The samples of the text that Prometheus reads, without `oss_callback_`. */
export function parse(text: string): Record<string, number> {
  return Object.fromEntries(
    text
      .split('\n')
      .filter((line) => line.startsWith('oss_callback_'))
      .map((line) => {
        const [, name = '', value] = /^oss_callback_(.+) (\S+)$/.exec(line) ?? [];
        return [name, Number(value)];
      }),
  );
}
