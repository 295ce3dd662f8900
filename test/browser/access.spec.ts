import axe, { type AxeResults } from 'axe-core';
import type { FileChooser, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { chromiumPath } from './chromium.js';
import { picture } from './picture.js';
import { answerOf, pick, rowOf, signIn, useSampleWorld, upload } from './sample-world.js';

const DESK = { width: 1360, height: 860 };
const PHONE = { width: 375, height: 812 };

describe.skipIf(!chromiumPath)('the page, for everybody', { timeout: 60_000 }, () => {
  const world = useSampleWorld();

  it('has no serious fault of access: light and dark, on a desk and on a phone', async () => {
    const page = await world.openPage();
    await page.addInitScript(axe.source);
    await page.reload();
    await page.locator('#sign-in:visible').waitFor();
    await expectAccess(page);
    await signIn(page, 'alice');
    await upload(page, [
      { name: 'a.png', mimeType: 'image/png', buffer: picture(40, 30) },
      { name: 'b.txt', mimeType: 'text/plain', buffer: Buffer.from('b') },
    ]);
    await rowOf(page, 'b.txt').waitFor();
    await rowOf(page, 'a.png').waitFor();
    await page.locator('#faults input[value=forge]').check();
    await upload(page, { name: 'forged.txt', mimeType: 'text/plain', buffer: Buffer.from('f') });
    await page.locator('#forgeries .badge').nth(2).waitFor();
    await page.locator('#faults input[value=drop]').check();
    await page.route(/\/reconciliation$/, () => undefined); // it stays unconfirmed
    await upload(page, { name: 'c.txt', mimeType: 'text/plain', buffer: Buffer.from('c') });
    await answerOf(page, 'c.txt').locator('.badge.waiting').waitFor();
    await pick(page, { name: 'd.txt', mimeType: 'text/plain', buffer: Buffer.from('d') });
    await page.getByRole('button', { name: 'Upload 1 file' }).waitFor();
    await expectAccess(page);
    await rowOf(page, 'a.png').getByRole('button').click();
    await page.locator('#own-table').waitFor();
    await expectAccess(page);
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
    await (
      await choosing
    ).setFiles({ name: 'keys.txt', mimeType: 'text/plain', buffer: Buffer.from('keys') });
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
    await upload(page, { name: '你好.txt', mimeType: 'text/plain', buffer: Buffer.from('你好') });
    await rowOf(page, '你好.txt').getByText('已完成').waitFor();
    expect(await untranslated(page)).toEqual([]);

    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('heading', { name: 'Records' }).waitFor();
    await rowOf(page, '你好.txt').getByText('Completed').waitFor();
    await answerOf(page, '你好.txt').getByText('Confirmed').waitFor();
    await page.getByText('Upload complete').waitFor(); // Uppy's own
    await page.reload();
    await page.getByRole('heading', { name: 'Records' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
  });
});

/** Serious and critical faults that axe-core finds, and lines that are wider than the screen. */
async function expectAccess(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const viewport of [DESK, PHONE]) {
      await page.setViewportSize(viewport);
      const { violations } = (await page.evaluate(
        `axe.run({ resultTypes: ['violations'] })`,
      )) as AxeResults;
      const faults = violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
      expect(faults, `${colorScheme}, ${viewport.width} px`).toEqual([]);
      expect(await overflowOf(page), `${viewport.width} px`).toBe(0);
    }
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
