import { join } from 'node:path';
import axe, { type AxeResults } from 'axe-core';
import type { FileChooser, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { chromiumPath } from './chromium.js';
import { picture } from './picture.js';
import {
  answerOf,
  makeLargeFile,
  pick,
  rowOf,
  signIn,
  slowDown,
  textFile,
  untilConfirmed,
  upload,
  useSampleWorld,
} from './sample-world.js';

const MB = 1024 * 1024;
const DESK = { width: 1360, height: 860 };
const PHONE = { width: 375, height: 812 };

describe.skipIf(!chromiumPath)('the page, for everybody', () => {
  const world = useSampleWorld();

  it('has no fault of access: light and dark, on a desk and on a phone, in both languages', async () => {
    const page = await world.openPage();
    await page.addInitScript(axe.source);
    await page.reload();
    await page.locator('#sign-in:visible').waitFor();
    await expectAccess(page, 'signed out');
    await signIn(page, 'alice');
    await expectAccess(page, 'empty');
    await upload(page, [
      { name: 'a.png', mimeType: 'image/png', buffer: picture(40, 30) },
      textFile('b.txt'),
    ]);
    await rowOf(page, 'b.txt').waitFor();
    await rowOf(page, 'a.png').waitFor();
    await page.locator('#faults input[value=forge]').check();
    await upload(page, textFile('forged.txt'));
    await page.locator('#forgeries .badge').nth(2).waitFor();
    await page.locator('#faults input[value=drop]').check();
    await page.route(/\/reconciliation$/, () => undefined); // it stays unconfirmed
    await upload(page, textFile('c.txt'));
    await answerOf(page, 'c.txt').locator('.badge.waiting').waitFor();
    await pick(page, textFile('d.txt'));
    await page.getByRole('button', { name: 'Upload 1 file' }).waitFor();
    await expectAccess(page, 'filled, lost and refused');
    await rowOf(page, 'a.png').getByRole('button').click();
    await page.locator('#own-table').waitFor();
    await expectAccess(page, 'details');
    await page.reload();
    await page.locator('#live.is-live').waitFor();
    await slowDown(page, MB);
    await upload(page, await makeLargeFile(join(world.folder, 'large.bin'), 100 * MB));
    await page.locator('.is-uploading [role=progressbar]:not([aria-valuenow="0"])').waitFor();
    await expectAccess(page, 'uploading');
    await page.context().close();
  });

  it('works with the keyboard alone', async () => {
    const page = await world.openPage();
    // Chromium must know early that no real dialog is to open.
    const choosing = new Promise<FileChooser>((resolve) => page.once('filechooser', resolve));
    await page.locator('#sign-in-name:focus').waitFor();
    await page.keyboard.type('keyboard');
    await page.keyboard.press('Enter');
    await page.locator('#live.is-live').waitFor();

    await tabTo(page, 'input[name=carrier]');
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('input[name=carrier]:checked').inputValue()).toBe('put');
    await tabTo(page, '.uppy-Dashboard-browse');
    await page.keyboard.press('Enter');
    await (await choosing).setFiles(textFile('keys.txt'));
    await page.locator('.uppy-StatusBar-actionBtn--upload').waitFor();
    await tabTo(page, '.uppy-StatusBar-actionBtn--upload');
    await page.keyboard.press('Enter');
    await answerOf(page, 'keys.txt').getByText('Presigned PUT').waitFor();
    await rowOf(page, 'keys.txt').waitFor();

    await tabTo(page, '#record-rows button');
    await page.keyboard.press('Enter');
    await page.locator('#record[open]').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('#record[open]').waitFor({ state: 'hidden' });
    await page.locator('#record-rows button:focus').waitFor();
  });

  it('speaks English and Chinese: that of the browser at first, then the one that was chosen', async () => {
    const page = await world.openPage({ locale: 'zh-CN' });
    expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN');
    await signIn(page, '小明');
    await page.getByRole('heading', { name: '记录', exact: true }).waitFor();
    await page.getByRole('button', { name: '浏览文件' }).waitFor();
    await upload(page, textFile('你好.txt'));
    await rowOf(page, '你好.txt').getByText('已完成').waitFor();
    expect(await untranslated(page)).toEqual([]);

    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('heading', { name: 'Records' }).waitFor();
    await rowOf(page, '你好.txt').getByText('Completed').waitFor();
    await untilConfirmed(page, '你好.txt');
    await page.getByText('Upload complete').waitFor(); // Uppy's own
    await page.reload();
    await page.getByRole('heading', { name: 'Records' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
  });
});

/** Each two of theme, size and language come together once; the page is left in the language it had. */
const LOOKS = [
  ['light', DESK, 'en'],
  ['light', PHONE, 'zh-CN'],
  ['dark', DESK, 'zh-CN'],
  ['dark', PHONE, 'en'],
] as const;

/** Uppy gives a file that is alone the role of an item, but no list around it. */
const FAULT_OF_UPPY = /^aria-required-parent: <div class="uppy-Dashboard-Item /;

/** What axe-core finds fault with, and lines that are wider than the screen. */
async function expectAccess(page: Page, state: string): Promise<void> {
  for (const [colorScheme, viewport, language] of LOOKS) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    // Uppy's own theme follows when it has heard of the new scheme.
    const otherTheme = page.locator(`[data-uppy-theme]:not([data-uppy-theme="${colorScheme}"])`);
    await expect.poll(() => otherTheme.count()).toBe(0);
    await page.setViewportSize(viewport);
    await page.evaluate(
      `document.documentElement.lang === '${language}' || document.querySelector('#other-language').click()`,
    );
    const { violations } = (await page.evaluate(
      `axe.run({ resultTypes: ['violations'] })`,
    )) as AxeResults;
    const faults = violations
      .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
      .filter((fault) => !FAULT_OF_UPPY.test(fault));
    const look = `${state}, ${colorScheme}, ${viewport.width} px, ${language}`;
    expect(faults, look).toEqual([]);
    await expect.poll(() => overflowOf(page), { message: look }).toBe(0);
  }
}

/** How far the page is wider than the screen. */
async function overflowOf(page: Page): Promise<unknown> {
  return page.evaluate('Math.max(0, document.documentElement.scrollWidth - innerWidth)');
}

/** Presses Tab until an element is reached, as a user without a mouse does. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let presses = 0; presses < 60; presses += 1) {
    if (await page.evaluate(`document.activeElement.matches(${JSON.stringify(selector)})`)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${selector} is not reached with Tab`);
}

/** Texts of the page itself that have no Chinese letter and are no name. */
async function untranslated(page: Page): Promise<string[]> {
  const texts = await page.locator('[data-text]:visible:not(#other-language)').allInnerTexts();
  return texts.filter((text) => !/\p{Script=Han}/u.test(text));
}
