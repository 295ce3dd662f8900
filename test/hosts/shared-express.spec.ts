import { Controller } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import express from 'express';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { OssCallback } from '../../src/index.js';
import type { OssSimulator } from '../../src/simulator/index.js';
import { authoriseBody, localOssOf, sendCallback } from '../support/oss-callbacks.js';
import { startOss, startTestApp, type TestApp } from '../support/test-app.js';

@Controller()
class CallbackController {
  @OssCallback('oss/callback')
  answer() {
    return { taken: true };
  }
}

let oss: OssSimulator;
let apps: TestApp[];

beforeAll(async () => {
  const shared = express();
  oss = await startOss();
  apps = [];
  for (const controllers of [[CallbackController], [CallbackController]]) {
    const options = { localOss: localOssOf(oss), confirmObject: 'never' as const };
    const adapter = new ExpressAdapter(shared);
    apps.push(await startTestApp({ adapter, controllers, oss, options }));
  }
});
afterAll(async () => {
  for (const app of apps) await app.stop();
  await oss.stop();
});

it.each([0, 1])(
  'two Nest apps on one Express app answer a callback once, at the server of either (%i)',
  async (server) => {
    // Express gives both to the app that registered the route first
    const { body } = await authoriseBody(apps[0]!);
    const answer = await sendCallback({ ...apps[0]!, url: apps[server]!.url }, { body });
    expect([answer.status, answer.json()]).toEqual([200, { taken: true }]);
  },
);
