import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath } from './chromium.js';
import { signIn, useSampleWorld } from './sample-world.js';

const WIDTHS = [375, 768, 1024, 1280, 1440, 1920];
const OWNER = 'reader';

const SHEET = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

/** Names and types as users have them, from the shortest to those that no column holds. */
const FILES: readonly [name: string, type: string][] = [
  ['a.txt', 'text/plain'],
  ['IMG_20260131_184512.jpg', 'image/jpeg'],
  ['海边的照片 1.png', 'image/png'],
  ['2026年第一季度财务报告（最终版，请勿修改）.xlsx', SHEET],
  ['README', 'application/octet-stream'],
  ['Quarterly report, final, really final (2).docx', 'application/pdf'],
  [`${'averyveryverylongnamewithoutanyspace'.repeat(5)}.tar.gz`, 'application/gzip'],
  ['عقد الإيجار النهائي ٢٠٢٦.pdf', 'application/pdf'],
  ['👩‍👩‍👧‍👦 holidays 🏖️🏖️🏖️ in the mountains.mp4', 'video/mp4'],
  ['…', 'x/y'],
];

describe.skipIf(!chromiumPath)('the layout of the page', () => {
  const world = useSampleWorld();
  beforeAll(addRecords);

  it('with 30 records nothing scrolls sideways, and no column is narrower than its longest word', async () => {
    const page = await world.openPage();
    await signIn(page, OWNER);
    await page.getByText('30 records', { exact: true }).waitFor();
    for (let number = 1; number <= 3; number += 1) {
      for (const language of ['English', '中文']) {
        const other = page.getByRole('button', { name: language });
        if (await other.isVisible()) await other.click();
        for (const width of WIDTHS) {
          await page.setViewportSize({ width, height: 900 });
          const where = `page ${number}, ${language}, ${width} px`;
          // Uppy follows a new size a moment later
          const found = (script: string) =>
            expect.poll(() => page.evaluate(script), { message: where });
          await found(SIDEWAYS).toBe(0);
          await found(SQUEEZED).toEqual([]);
          await found(OFF_CENTRE).toBeLessThan(20);
        }
      }
      if (number < 3) await turn(page, number + 1);
    }
  });

  it('a name that is too long keeps its beginning and its end', async () => {
    const page = await world.openPage();
    await signIn(page, OWNER);
    const long = page.getByRole('button', { name: /averyvery.*tar\.gz/ }).first();
    await long.waitFor();
    const [head, tail] = await long.locator('.cut > span').all();
    expect(await tail!.innerText()).toMatch(/e\.tar\.gz$/);
    expect(await head!.evaluate((element) => element.clientWidth)).toBeGreaterThan(60);
    expect(await head!.evaluate((element) => element.scrollWidth)).toBeGreaterThan(500);
    expect(await long.locator('.cut').getAttribute('title')).toHaveLength(187);
  });

  it('the details of a record fit every screen, and the button that closes them stays in sight', async () => {
    const page = await world.openPage();
    await signIn(page, OWNER);
    await page
      .getByRole('button', { name: /averyvery.*tar\.gz/ })
      .first()
      .click();
    await page.locator('#own-table').waitFor();
    await page.getByText('Raw record (JSON)').click();
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 700 });
      const dialog = page.locator('#record');
      expect(await dialog.evaluate((box) => box.scrollWidth - box.clientWidth), `${width} px`).toBe(
        0,
      );
      await dialog.evaluate((box) => box.scrollTo(0, box.scrollHeight));
      const { y, height } = (await page.locator('#close-record').boundingBox())!;
      expect([y > 0, y + height < 700], `${width} px`).toEqual([true, true]);
    }
  });

  async function turn(page: Page, number: number): Promise<void> {
    await page.locator('#older').click();
    await page.locator('#page', { hasText: String(number) }).waitFor();
  }

  async function addRecords(): Promise<void> {
    await world.query(
      `INSERT INTO oss_uploads (id, identity, bucket, object, owner, variables, source, status, attempts, ticketed,
        received_at, size, mime_type, image_width, image_height)
      SELECT gen_random_uuid(), 'test:' || n, 'sample-uploads', $1 || '/' || gen_random_uuid() || '-' || name, $1,
        jsonb_build_object('originalName', name), (ARRAY['callback', 'reconciliation'])[n % 2 + 1],
        (ARRAY['completed', 'received', 'failed', 'abandoned', 'rejected'])[n % 5 + 1], 1, true,
        now() - n * interval '1 minute', power(7, n % 12), type,
        CASE WHEN type LIKE 'image/%' THEN 12000 END, CASE WHEN type LIKE 'image/%' THEN 8000 END
      FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS files (name, type, n)`,
      [OWNER, ...columns(Array.from({ length: 30 }, (_each, n) => FILES[n % FILES.length]!))],
    );
  }
});

/** By how much the page, or a part of it, is wider than its place. A title would be cut. */
const SIDEWAYS = `
  Math.max(...[document.documentElement, ...document.querySelectorAll('h1, main, section, table, tbody, tbody tr')]
    .map((element) => element.scrollWidth - element.clientWidth))`;

/** How far the text of the empty drop zone stands from its middle. */
const OFF_CENTRE = `(() => {
  const [zone, text] = ['', '-title'].map((part) =>
    document.querySelector('.uppy-Dashboard-AddFiles' + part).getBoundingClientRect());
  return Math.abs(zone.top + zone.bottom - text.top - text.bottom) / 2;
})()`;

/**
 * Words of headings and cells that stand on two lines or reach out of their cell, and cut texts of which too little is
 * left. A text without spaces is one word, as it is in Chinese.
 */
const SQUEEZED = `(() => {
  const faults = [];
  for (const cell of document.querySelectorAll('#records :is(th, td)')) {
    const box = cell.getBoundingClientRect();
    const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const { data, parentElement } = texts.currentNode;
      if (parentElement.matches('.cut-head')) {
        if (parentElement.clientWidth < 40 && parentElement.scrollWidth > parentElement.clientWidth)
          faults.push('cut to ' + parentElement.clientWidth + ' px: ' + data);
        continue;
      }
      for (const { 0: word, index } of data.matchAll(/\\S+/g)) {
        const range = document.createRange();
        range.setStart(texts.currentNode, index);
        range.setEnd(texts.currentNode, index + word.length);
        const lines = new Set([...range.getClientRects()].map(({ bottom }) => Math.round(bottom / 4)));
        const { left, right } = range.getBoundingClientRect();
        if (box.width > 1 && (lines.size > 1 || left < box.left - 1 || right > box.right + 1))
          faults.push(word);
      }
    }
  }
  return faults;
})()`;

function columns(rows: readonly (readonly [string, string])[]): [string[], string[]] {
  return [rows.map(([first]) => first), rows.map(([, second]) => second)];
}
