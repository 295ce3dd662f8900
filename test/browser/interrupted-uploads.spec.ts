import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath } from './chromium.js';
import {
  answerOf,
  goOffline,
  goOnline,
  makeLargeFile,
  pick,
  rowOf,
  signIn,
  slowDown,
  textFile,
  untilConfirmed,
  useSampleWorld,
} from './sample-world.js';

const MB = 1024 * 1024;

describe.skipIf(!chromiumPath)('interrupted uploads, in a browser', () => {
  const world = useSampleWorld();
  let largeFile: string;

  beforeAll(async () => {
    largeFile = await makeLargeFile(join(world.folder, 'large.bin'), 200 * MB);
  });

  it('200 MB in parts, paused and reloaded in the middle: no part is sent twice', async () => {
    const page = await world.openPage();
    const arrived = watchParts(page);
    await signIn(page, 'patient');
    await begin(page);
    await expect.poll(() => arrived.length).toBeGreaterThan(3);
    await page.locator('.uppy-StatusBar-actionCircleBtn[title=Pause]').click();
    await page.locator('.uppy-StatusBar-actionCircleBtn[title=Resume]').click();
    const before = arrived.length;
    await expect.poll(() => arrived.length).toBeGreaterThan(before + 3);

    await page.reload();
    await page.locator('#live.is-live').waitFor();
    const listing = page.waitForResponse((response) => /[?&]uploadId=/.test(response.url()));
    await begin(page);
    expect((await listing).request().method()).toBe('GET');
    await slowDown(page, -1);
    await untilConfirmed(page, 'large.bin');
    expect(JSON.parse(await answerOf(page, 'large.bin').locator('pre').innerText())).toMatchObject({
      size: 200 * MB,
    });
    expect(arrived.toSorted((a, b) => a - b)).toEqual(
      [...new Set(arrived)].toSorted((a, b) => a - b),
    );
    expect(arrived.length).toBeGreaterThan(20); // 25 but for those that arrived as the page was left
    expect(await page.evaluate('localStorage.length')).toBe(0); // nothing is kept of what has ended
    await page.context().close();
  });

  it('goes on by itself after the browser was offline', async () => {
    const page = await world.openPage();
    await signIn(page, 'commuter');
    await begin(page);
    await page.locator('.is-uploading [role=progressbar]:not([aria-valuenow="0"])').waitFor();
    // parts that are under way arrive, the next ones fail
    const failed = failedRequest(page, 'partNumber');
    await goOffline(page);
    await failed;
    await goOnline(page);
    await untilConfirmed(page, 'large.bin');
    await rowOf(page, 'large.bin').waitFor();
    expect(await page.locator('#record-rows > tr').count()).toBe(1);
    await page.context().close();
  });

  it('begins once the browser is no longer offline', async () => {
    const page = await world.openPage();
    await signIn(page, 'early commuter');
    await goOffline(page);
    const failed = failedRequest(page, '/uploads');
    await pick(page, textFile('a.txt'));
    await page.locator('.uppy-StatusBar-actionBtn--upload').click();
    await failed;
    await goOnline(page);
    await untilConfirmed(page, 'a.txt');
    await page.context().close();
  });

  async function begin(page: Page): Promise<void> {
    await page.getByRole('radio', { name: 'Multipart' }).check();
    await slowDown(page, 10 * MB);
    await pick(page, largeFile);
    await page.locator('.uppy-StatusBar-actionBtn--upload').click();
  }
});

function failedRequest(page: Page, inUrl: string): Promise<unknown> {
  return page.waitForEvent('requestfailed', (request) => request.url().includes(inUrl));
}

/** Numbers of the parts that OSS has taken, in the order of its answers. */
function watchParts(page: Page): number[] {
  const arrived: number[] = [];
  page.on('response', (response) => {
    const part = new URL(response.url()).searchParams.get('partNumber');
    if (part !== null && response.request().method() === 'PUT' && response.status() === 200) {
      arrived.push(Number(part));
    }
  });
  return arrived;
}
