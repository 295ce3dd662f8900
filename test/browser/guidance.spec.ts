import { describe, expect, it } from 'vitest';
import { chromiumPath } from './chromium.js';
import {
  answerOf,
  confirmedAnswers,
  rowOf,
  signIn,
  textFile,
  untilConfirmed,
  upload,
  useSampleWorld,
} from './sample-world.js';

const file = textFile('a.txt');

describe.skipIf(!chromiumPath)('what the page tells its users', () => {
  const world = useSampleWorld();

  it('a name is there to sign in with, and empty lists say what to do', async () => {
    const page = await world.openPage();
    await page.locator('#sign-in-name:focus').waitFor();
    expect(await page.locator('#sign-in-name').inputValue()).toBe('alice');
    await page.getByRole('button', { name: '中文' }).click();
    expect(await page.locator('#sign-in-name').inputValue()).toBe('小雨');
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('No records yet. Upload a file, and its record appears here.').waitFor();
    await page.getByText('Upload a file: the app’s answer to its callback').waitFor();
    expect(await page.getByRole('button', { name: 'Older' }).isVisible()).toBe(false);
    await page.getByLabel('Status').selectOption('Failed');
    await page.getByText('No record matches the filter.').waitFor();
    await page.getByRole('button', { name: 'Show all records' }).click();
    await page.getByText('No records yet.').waitFor();
    expect(await page.getByLabel('Status').inputValue()).toBe('');
    await page.context().close();
  });

  it('on a phone the header takes one row, whatever the name is', async () => {
    const page = await world.openPage({ viewport: { width: 375, height: 812 } });
    await signIn(page, 'a name that is as long as names may be');
    const middles = await page.evaluate<number[]>(`
      [...document.querySelectorAll('h1, #user-name, #sign-out, #other-language')].map((element) => {
        const { top, bottom } = element.getBoundingClientRect();
        return (top + bottom) / 2;
      })`);
    expect(middles).toHaveLength(4);
    expect(Math.max(...middles) - Math.min(...middles)).toBeLessThan(4);
    await page.context().close();
  });

  it('answers stay over a reload, and beside those of a second upload of the same file', async () => {
    const page = await world.openPage();
    await signIn(page, 'rereader');
    await upload(page, file);
    await untilConfirmed(page, 'a.txt');
    const first = await answerOf(page, 'a.txt').locator('pre').innerText();
    await page.locator('.uppy-StatusBar-actionBtn--done').click();
    await upload(page, file);
    await expect.poll(() => confirmedAnswers(page).count()).toBe(2);
    await page.reload();
    await page.locator('#live.is-live').waitFor();
    await expect.poll(() => confirmedAnswers(page).count()).toBe(2);
    expect(await confirmedAnswers(page).last().locator('pre').innerText()).toBe(first);
    // and are no other user's to see
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.locator('#sign-in:visible').waitFor();
    await signIn(page, 'another');
    expect(await confirmedAnswers(page).count()).toBe(0);
    await page.context().close();
  });

  it('an upload that the app has found while the page was reloaded ends as reconciled', async () => {
    const page = await world.openPage();
    await signIn(page, 'returner');
    await page.getByRole('switch', { name: 'It gets lost' }).check();
    await page.route(/\/reconciliation$/, () => undefined);
    await upload(page, file);
    await answerOf(page, 'a.txt').getByText('Stored, not confirmed').waitFor();
    await page.unrouteAll();
    await page.reload();
    await answerOf(page, 'a.txt').getByText('Reconciled').waitFor();
    await page.context().close();
  });

  it('the details of a record have labels in the user’s language, and its JSON on demand', async () => {
    const page = await world.openPage({ locale: 'zh-CN' });
    await signIn(page, '小明');
    await upload(page, file);
    await rowOf(page, 'a.txt').getByText('已完成').waitFor();
    await rowOf(page, 'a.txt').getByRole('button').click();
    await page.locator('#own-table').getByText('是: a.txt').waitFor();
    const dialog = page.locator('#record');
    expect(await dialog.locator('h3').allInnerTexts()).toEqual([
      '上传',
      '对象',
      '验证',
      '自定义变量',
    ]);
    const labels = await dialog.locator('dt').allInnerTexts();
    const untranslated = labels.filter((label) => !/\p{Script=Han}/u.test(label));
    expect(untranslated).toEqual(['Bucket', 'ETag', 'CRC-64', 'Content-MD5', 'originalName']);
    expect(await dialog.locator('dd').allInnerTexts()).not.toContain('');
    await expect.poll(() => dialog.locator('#record-json').isVisible()).toBe(false);
    await dialog.getByText('原始记录（JSON）').click();
    const json = await dialog.locator('#record-json').innerText();
    expect(JSON.parse(json)).toMatchObject({ owner: '小明', versionId: null });
    await page.context().close();
  });

  it('failures are told in words: an app that cannot be reached, a session that has ended', async () => {
    const page = await world.openPage();
    await signIn(page, 'unlucky');
    await page.route(/\/records\?/, (route) => route.abort());
    await page.getByLabel('Status').selectOption('Failed');
    await page.getByText('The app cannot be reached.').waitFor();
    await page.unrouteAll();
    await page.context().clearCookies();
    await page.getByLabel('Status').selectOption('All');
    await page.getByText('Your session has ended.').waitFor();
    await page.context().close();
  });
});
