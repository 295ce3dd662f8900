import { ExpressAdapter } from '@nestjs/platform-express';
import express from 'express';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { authoriseBody, sendCallback } from '../support/oss-callbacks.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

let apps: TestApp[];

beforeAll(async () => {
  const shared = express();
  const start = () => startTestApp({ adapter: new ExpressAdapter(shared), signsCallbacks: true });
  apps = [await start(), await start()];
});
afterAll(async () => {
  for (const app of apps) await app.stop();
});

it.each([0, 1])(
  'two Nest apps on one Express app answer a callback once, at the server of either (%i)',
  async (server) => {
    // Express gives both to the app that registered the route first
    const { body, uploadId } = await authoriseBody(apps[0]!);
    const answer = await sendCallback({ ...apps[0]!, url: apps[server]!.url }, { body });
    expect([answer.status, answer.json()]).toEqual([200, { uploadId }]);
  },
);
