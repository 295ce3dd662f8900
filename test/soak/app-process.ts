import { Controller, type Provider } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CompletedUpload, OssCallback, OssUpload, OssUploadReconciler } from '../../src/index.js';
import { appModule } from '../support/app-module.js';
import { createAdapter } from '../support/platforms.js';
import { HandlerOfSome, TwoHandlers } from './app-handlers.js';
import type { AppHandlers, AppMessage, AppQuestion, AppSettings } from './app-messages.js';
import { UnrulyHandlers } from './unruly-handlers.js';

const handlerClasses: Record<AppHandlers, Provider[]> = {
  none: [],
  effects: [TwoHandlers],
  some: [HandlerOfSome],
  unruly: [UnrulyHandlers],
};

@Controller()
class CallbackController {
  @OssCallback('oss/callback')
  answer(@CompletedUpload() upload: OssUpload) {
    return { uploadId: upload.id, key: upload.object, status: upload.status };
  }
}

/** An app in a process of its own; it ends with SIGTERM, or with its parent. */
async function main({ platform, databaseUrl, handlers, options }: AppSettings): Promise<void> {
  const app = await NestFactory.create(
    appModule(databaseUrl, options, {
      controllers: [CallbackController],
      providers: handlerClasses[handlers],
    }),
    createAdapter(platform),
    { logger: false },
  );
  await app.listen(0, '127.0.0.1');
  const reconciler = app.get(OssUploadReconciler);
  const answers: Record<AppQuestion, () => Promise<AppMessage>> = {
    reconcile: () => reconcile(reconciler),
    cpu: async () => ({ kind: 'cpu', usedMicros: usedCpu() }),
    heap: async () => ({ kind: 'heap', usedBytes: await settledHeap() }),
  };
  process.on('message', (question: AppQuestion) => void answers[question]().then(tell));
  process.on('SIGTERM', () => void app.close().then(() => process.exit(0)));
  process.once('disconnect', () => process.exit(0));
  tell({ kind: 'listening', url: await app.getUrl() });
}

async function reconcile(reconciler: OssUploadReconciler): Promise<AppMessage> {
  try {
    const { uploads } = await reconciler.run();
    const outcomes: Record<string, number> = {};
    for (const { outcome } of uploads) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    return { kind: 'reconciled', outcomes };
  } catch (error) {
    return { kind: 'reconcile-failed', reason: String(error) };
  }
}

function usedCpu(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** What is held once nothing more can be collected; finalisers run between two collections. */
async function settledHeap(): Promise<number> {
  for (let round = 0; round < 4; round += 1) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().heapUsed;
}

function tell(message: AppMessage): void {
  if (process.connected) process.send?.(message);
}

await main(JSON.parse(process.argv[2] ?? '{}') as AppSettings);
