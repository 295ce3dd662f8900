import { mkdir, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath } from './chromium.js';
import { picture } from './picture.js';
import {
  answerOf,
  rowOf,
  type SampleWorld,
  signIn,
  startSampleWorld,
  upload,
} from './sample-world.js';

const folder = fileURLToPath(new URL('../../docs/images/', import.meta.url));
const MAX_BYTES = 200_000;

// The pictures of the README: UPDATE_SCREENSHOTS=1 npx vitest run test/browser/screenshots.spec.ts
describe.runIf(chromiumPath && process.env.UPDATE_SCREENSHOTS)('screenshots', () => {
  let world: SampleWorld;

  beforeAll(async () => {
    world = await startSampleWorld({ OSS_EXPIRES_IN_SECONDS: '600' });
  });
  afterAll(() => world?.stop());

  it.each([
    {
      file: 'sample-en.png',
      locale: 'en-US',
      user: 'alice',
      names: [
        'harbour.png',
        'contract.pdf',
        'interview.mp3',
        'sunset.png',
        'notes.txt',
        'plans.zip',
      ],
    },
    {
      file: 'sample-zh.png',
      locale: 'zh-CN',
      user: '小雨',
      names: ['港口.png', '合同.pdf', '采访录音.mp3', '日落.png', '笔记.txt', '计划.zip'],
    },
  ])(
    '$file',
    async ({ file, locale, user, names: [photo, contract, sound, lost, notes, plan] }) => {
      const page = await world.openPage({
        locale,
        viewport: { width: 1360, height: 840 },
        colorScheme: 'light',
      });
      await signIn(page, user);
      await page.locator('input[value=multipart]').check();
      await add(page, sound!, 'audio/mpeg', Buffer.alloc(9_400_000));
      await page.locator('input[value=put]').check();
      await page.locator('input[value=drop]').check();
      await upload(page, {
        name: notes!,
        mimeType: 'text/plain',
        buffer: Buffer.alloc(2_310, 'a'),
      });
      await rowOf(page, notes!).waitFor();
      await add(page, plan!, 'application/zip', Buffer.alloc(48_200));
      await add(page, contract!, 'application/pdf', Buffer.alloc(184_320));
      await page.locator('.uppy-StatusBar-actionBtn--done').click();
      await page.locator('input[value=form]').check();
      await page.locator('input[value=forge]').check();
      await add(page, photo!, 'image/png', picture(1280, 800));
      await page.locator('#forgeries .badge').nth(2).waitFor();
      await page.locator('input[value=drop]').check();
      await page.route(/\/reconciliation$/, () => undefined); // the state before the app has looked
      const lostFile = {
        mimeType: 'image/png',
        buffer: picture(960, 640, [66, 40, 96], [250, 170, 90]),
      };
      await upload(page, { name: lost!, ...lostFile });
      await answerOf(page, lost!).locator('.badge.waiting').waitFor();
      await page.evaluate('scrollTo(0, 0)');
      await mkdir(folder, { recursive: true });
      await page.screenshot({ path: folder + file });
      expect((await stat(folder + file)).size).toBeLessThan(MAX_BYTES);
    },
  );
});

async function add(page: Page, name: string, mimeType: string, buffer: Buffer): Promise<void> {
  await upload(page, { name, mimeType, buffer });
  await answerOf(page, name).locator('.badge.good').waitFor();
  await rowOf(page, name).waitFor();
}
