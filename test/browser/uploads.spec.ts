import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, describe, it } from 'vitest';
import { chromiumPath } from './chromium.js';
import { picture } from './picture.js';
import {
  answerOf,
  cellsOf,
  makeLargeFile,
  pick,
  rowOf,
  signIn,
  slowDown,
  textFile,
  useSampleWorld,
  upload,
} from './sample-world.js';

const MB = 1024 * 1024;

describe.skipIf(!chromiumPath)('uploads in a browser', () => {
  const world = useSampleWorld();
  let largeFile: string;

  beforeAll(async () => {
    largeFile = await makeLargeFile(join(world.folder, 'large.bin'), 50 * MB);
  });

  it.concurrent.for(['Form', 'Presigned PUT', 'Multipart'])(
    '%s: a picture with a Chinese name and 50 MB arrive, and their records without reloading',
    async (carrier, { expect }) => {
      const page = await world.openPage();
      await signIn(page, `user of ${carrier}`);
      await page.evaluate('window.isSameDocument = true');
      await page.getByRole('radio', { name: carrier }).check();
      await upload(page, {
        name: '海边的照片 1.png',
        mimeType: 'image/png',
        buffer: picture(320, 200),
      });
      expect(await answerTo(page, '海边的照片 1.png')).toMatchObject({ name: '海边的照片 1.png' });
      await page.locator('.uppy-Dashboard-Item-previewImg').waitFor();
      await expect
        .poll(() => cellsOf(page, '海边的照片 1.png'))
        .toMatchObject({
          Type: 'image/png\n320 × 200',
          Source: 'Callback',
          Status: 'Completed',
        });

      await slowDown(page, 5 * MB);
      await pick(page, largeFile);
      const underWay = untilUnderWay(page);
      await page.locator('.uppy-StatusBar-actionBtn--upload').click();
      await underWay;
      await slowDown(page, -1);
      expect(await answerTo(page, 'large.bin')).toMatchObject({ size: 50 * MB });
      await expect.poll(() => cellsOf(page, 'large.bin')).toMatchObject({ Size: '50 MB' });
      expect(await page.locator('#record-count').innerText()).toBe('2 records');
      expect(await page.evaluate('window.isSameDocument')).toBe(true);
      await page.context().close();
    },
  );

  it.concurrent.for(['Form', 'Multipart'])(
    '%s: a cancelled upload leaves no record',
    async (carrier, { expect }) => {
      const page = await world.openPage();
      await signIn(page, `canceller of ${carrier}`);
      await page.getByRole('radio', { name: carrier }).check();
      await slowDown(page, 2 * MB);
      const abort = page.waitForRequest((request) => request.method() === 'DELETE');
      abort.catch(() => undefined);
      await pick(page, largeFile);
      await page.locator('.uppy-StatusBar-actionBtn--upload').click();
      await page.locator('.is-uploading [role=progressbar]:not([aria-valuenow="0"])').waitFor();
      await page.locator('.uppy-StatusBar-actionCircleBtn[title=Cancel]').click();
      await answerOf(page, 'large.bin').getByText('Cancelled').waitFor();
      // the parts go as well
      if (carrier === 'Multipart') expect((await (await abort).response())?.status()).toBe(204);

      // what comes next is recorded, and what was cancelled is not
      await slowDown(page, -1);
      await upload(page, textFile('next.txt'));
      await rowOf(page, 'next.txt').waitFor();
      expect(await page.locator('#record-rows > tr').count()).toBe(1);
      await page.context().close();
    },
  );

  it.concurrent('an upload that OSS refused is tried again', async ({ expect }) => {
    const page = await world.openPage();
    await signIn(page, 'persistent');
    let refusals = 1;
    await page.route(/sample-uploads/, (route) =>
      refusals-- > 0
        ? route.fulfill({
            status: 403,
            headers: { 'access-control-allow-origin': '*' },
            body: '<Error><Code>AccessDenied</Code><Message>Not today.</Message></Error>',
          })
        : route.continue(),
    );
    await upload(page, textFile('again.txt'));
    await answerOf(page, 'again.txt').getByText('Not today.').waitFor();
    await page.locator('.uppy-StatusBar-actionBtn--retry').click();
    expect(await answerTo(page, 'again.txt')).toMatchObject({ size: 9 });
    await rowOf(page, 'again.txt').waitFor();
    await page.context().close();
  });
});

/** What the app answered to the callback, as the page shows it. */
async function answerTo(page: Page, name: string): Promise<unknown> {
  return JSON.parse(await answerOf(page, name).locator('pre').innerText());
}

/** Until Uppy's progress bar has shown two values between the beginning and the end. */
function untilUnderWay(page: Page): Promise<unknown> {
  return page.evaluate(`new Promise((resolve) => {
    const seen = new Set();
    new MutationObserver(() => {
      const bar = document.querySelector('.uppy-StatusBar.is-uploading [role=progressbar]');
      const percent = Number(bar?.getAttribute('aria-valuenow'));
      if (percent > 0 && percent < 100) seen.add(percent);
      if (seen.size === 2) resolve();
    }).observe(document.querySelector('#dashboard'), { subtree: true, attributes: true, childList: true });
  })`);
}
