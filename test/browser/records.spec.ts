import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { chromiumPath } from './chromium.js';
import {
  answerOf,
  pick,
  rowOf,
  signIn,
  textFile,
  untilConfirmed,
  upload,
  useSampleWorld,
} from './sample-world.js';

const MARKUP = '<img src=x onerror=window.hacked=1>';

describe.skipIf(!chromiumPath)('records in a browser', () => {
  const world = useSampleWorld();

  it('markup in names, keys, owners, types and errors shows as text', async () => {
    const page = await world.openPage();
    await signIn(page, MARKUP);
    const name = `${MARKUP}.png`;
    await upload(page, { name, mimeType: 'image/png', buffer: Buffer.from('no picture') });
    await untilConfirmed(page, name);
    expect(await keyOf(page, name)).toContain(`${MARKUP}/`);
    expect(await page.locator('#user-name').innerText()).toBe(MARKUP);

    // Types and errors that no client of the sample can bring about.
    await world.query(
      `UPDATE oss_uploads SET mime_type = $1, last_error = $1, status = 'rejected', source = 'callback'`,
      [MARKUP],
    );
    await rowOf(page, name).getByText('Rejected').waitFor();
    expect(await rowOf(page, name).locator('.mime-type').textContent()).toBe(MARKUP);
    await rowOf(page, name).getByRole('button').click();
    const dialog = page.locator('#record');
    expect(await dialog.locator('h2').innerText()).toBe(name);
    expect(await dialog.locator('dt:text-is("Last error") + dd').innerText()).toBe(MARKUP);
    await page.keyboard.press('Escape');

    // What OSS says may hold a key that a stranger chose.
    await page.route(/sample-uploads/, (route) =>
      route.fulfill({
        status: 400,
        headers: { 'access-control-allow-origin': '*' },
        body: '<Error><Code>Bad</Code><Message>&lt;img src=x onerror=window.hacked=1></Message></Error>',
      }),
    );
    await upload(page, textFile('a.txt'));
    await answerOf(page, 'a.txt').getByText(MARKUP).waitFor();
    const images = page.locator('#answers img, #records img, #record img, .uppy-Informer img');
    expect(await images.count()).toBe(0);
    expect(await page.evaluate('window.hacked')).toBeUndefined();
  });

  it('an SVG, which is a document, gets no preview', async () => {
    const page = await world.openPage();
    await signIn(page, 'drawer');
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect/></svg>';
    await pick(page, { name: 'a.svg', mimeType: 'image/svg+xml', buffer: Buffer.from(svg) });
    await page.locator('.uppy-Dashboard-Item-previewIcon').waitFor();
    expect(await page.locator('.uppy-Dashboard-Item-previewImg').count()).toBe(0);
  });

  it('the downloaded CSV has what the filter leaves, and no cell that is a formula', async () => {
    const page = await world.openPage();
    await signIn(page, '=1+1');
    for (const name of ['one.txt', 'two.txt']) {
      await upload(page, textFile(name));
      await rowOf(page, name).waitFor();
    }
    const key = await keyOf(page, 'two.txt');
    await page.getByLabel('Key').fill(key);
    await page.getByLabel('Key').press('Enter');
    await rowOf(page, 'one.txt').waitFor({ state: 'detached' });
    const downloading = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Export CSV' }).click();
    const csv = await readFile(await (await downloading).path(), 'utf8');
    const [, row = '', ...others] = csv.trim().split('\r\n');
    expect(others).toEqual([]);
    expect(row).toContain(`'${key}`);
    expect(row).not.toMatch(/(^|,)"?=/);
  });

  it('the list goes by pages and filters, and tells of what arrives meanwhile', async () => {
    const page = await world.openPage();
    await signIn(page, 'reader');
    await addRecords('reader', 25);
    await page.getByText('25 records', { exact: true }).waitFor();
    await expect.poll(() => namesOf(page)).toEqual(numbers(25, 16));
    await page.getByRole('button', { name: 'Older' }).click();
    await page.getByText('Page 2').waitFor();
    await page.getByRole('button', { name: 'Older' }).click();
    await page.getByText('Page 3').waitFor();
    expect(await namesOf(page)).toEqual(numbers(5, 1));
    expect(await page.getByRole('button', { name: 'Older' }).isDisabled()).toBe(true);

    await upload(page, textFile('new.txt'));
    await page.getByRole('button', { name: 'New records on page 1' }).click();
    await rowOf(page, 'new.txt').waitFor();
    expect(await namesOf(page)).toEqual(['new.txt', ...numbers(25, 17)]);

    await page.getByLabel('Status').selectOption('Failed');
    await page.getByText('5 records', { exact: true }).waitFor();
    expect(await namesOf(page)).toEqual(['25', '20', '15', '10', '5']);
    await world.query(`UPDATE oss_uploads SET status = 'completed' WHERE object = 'reader/25'`);
    await page.getByText('4 records', { exact: true }).waitFor();
    expect(await namesOf(page)).toEqual(['20', '15', '10', '5']);
    await page.getByRole('button', { name: 'Reset' }).click();
    await page.getByText('26 records', { exact: true }).waitFor();
  });

  it('the records are counted once they are listed, so that the count has all that the list shows', async () => {
    const page = await world.openPage();
    await signIn(page, 'counter');
    const order: string[] = [];
    await page.route(/\/records.*status=completed/, async (route) => {
      const { pathname } = new URL(route.request().url());
      order.push(`${pathname} asked`);
      const response = await route.fetch();
      order.push(`${pathname} answered`);
      await route.fulfill({ response });
    });
    await page.getByLabel('Status').selectOption('Completed');
    await page.getByText('No record matches the filter.').waitFor();
    expect(order).toEqual([
      '/records asked',
      '/records answered',
      '/records/count asked',
      '/records/count answered',
    ]);
  });

  /** Every fifth has failed; each is a minute later than the one before. */
  async function addRecords(owner: string, count: number): Promise<void> {
    await world.query(
      `INSERT INTO oss_uploads (id, identity, bucket, object, owner, variables, source, status, attempts, ticketed, received_at)
      SELECT gen_random_uuid(), 'test:' || n, 'sample-uploads', $1 || '/' || n, $1,
        jsonb_build_object('originalName', n::text), 'callback',
        CASE WHEN n % 5 = 0 THEN 'failed' ELSE 'completed' END, 1, true,
        now() - ($2 - n) * interval '1 minute'
      FROM generate_series(1, $2::int) n`,
      [owner, count],
    );
  }
});

async function keyOf(page: Page, name: string): Promise<string> {
  return (await rowOf(page, name).locator('.key').textContent()) ?? '';
}

function namesOf(page: Page): Promise<string[]> {
  return page.locator('#record-rows .file button').allInnerTexts();
}

/** Downwards. */
function numbers(from: number, to: number): string[] {
  return Array.from({ length: from - to + 1 }, (_each, index) => String(from - index));
}
