import { readFile } from 'node:fs/promises';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath } from './chromium.js';
import {
  answerOf,
  cellsOf,
  expectNoProblems,
  pick,
  rowOf,
  type SampleWorld,
  signIn,
  startSampleWorld,
  upload,
} from './sample-world.js';

const MARKUP = '<img src=x onerror=window.hacked=1>';

describe.skipIf(!chromiumPath)('texts of strangers in a browser', () => {
  let world: SampleWorld;

  beforeAll(async () => {
    world = await startSampleWorld();
  });
  afterAll(() => world?.stop());
  afterEach(() => expectNoProblems(world));

  it('markup in names, keys, owners, types and errors shows as text', async () => {
    const page = await world.openPage();
    await signIn(page, MARKUP);
    const name = `${MARKUP}.png`;
    await upload(page, { name, mimeType: 'image/png', buffer: Buffer.from('no picture') });
    await answerOf(page, name).getByText('Confirmed').waitFor();
    expect(await cellsOf(page, name)).toMatchObject({ Owner: MARKUP });
    expect(await rowOf(page, name).locator('.key').innerText()).toContain(`${MARKUP}/`);
    expect(await page.locator('#user-name').innerText()).toBe(MARKUP);

    // Types and errors that no client of the sample can bring about.
    await query(
      `UPDATE oss_uploads SET mime_type = $1, last_error = $1, status = 'rejected', source = 'callback'`,
      [MARKUP],
    );
    await rowOf(page, name).getByText('Rejected').waitFor();
    expect(await cellsOf(page, name)).toMatchObject({ Type: MARKUP });
    await rowOf(page, name).getByRole('button').click();
    const dialog = page.locator('#record');
    expect(await dialog.locator('h2').innerText()).toBe(name);
    expect(await dialog.locator('dt:text-is("lastError") + dd').innerText()).toBe(MARKUP);
    await page.keyboard.press('Escape');

    // What OSS says may hold a key that somebody chose.
    await page.route(/sample-uploads/, (route) =>
      route.fulfill({
        status: 400,
        headers: { 'access-control-allow-origin': '*' },
        body: '<Error><Code>Bad</Code><Message>&lt;img src=x onerror=window.hacked=1></Message></Error>',
      }),
    );
    await upload(page, { name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('a') });
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
      await upload(page, { name, mimeType: 'text/plain', buffer: Buffer.from(name) });
      await rowOf(page, name).waitFor();
    }
    const key = await rowOf(page, 'two.txt').locator('.key').innerText();
    await page.getByLabel('Key').fill(key);
    await page.getByLabel('Key').press('Enter');
    await rowOf(page, 'one.txt').waitFor({ state: 'detached' });
    const downloading = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download CSV' }).click();
    const csv = await readFile(await (await downloading).path(), 'utf8');
    const [, row = '', ...others] = csv.trim().split('\r\n');
    expect(others).toEqual([]);
    expect(row).toContain(`'${key}`);
    expect(row).not.toMatch(/(^|,)"?=/);
  });

  async function query(sql: string, values: unknown[]): Promise<void> {
    const client = new Client({ connectionString: world.databaseUrl });
    await client.connect();
    await client.query(sql, values);
    await client.end();
  }
});
