import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { chromiumPath } from './chromium.js';
import {
  holdReconciliation,
  rowOf,
  signIn,
  textFile,
  upload,
  useSampleWorld,
} from './sample-world.js';

const STEPS = ['Authorised', 'Stored', 'Called back', 'Verified', 'Confirmed', 'Recorded'];

describe.skipIf(!chromiumPath)('the steps of uploads, in a browser', () => {
  const world = useSampleWorld({
    OSS_EXPIRES_IN_SECONDS: '6',
    OSS_RECONCILIATION_EVERY_SECONDS: '86400',
  });

  it('each step of an upload is shown with its time, and stays over a reload', async () => {
    const page = await world.openPage();
    await signIn(page, 'watcher');
    await page.getByText('Upload a file: each step appears here as it happens.').waitFor();
    await upload(page, textFile('a.txt'));
    const steps = [...STEPS, 'Handled', 'Answered'];
    await expect.poll(() => stepsOf(page, 'a.txt')).toEqual(steps);
    const times = await traceOf(page, 'a.txt').locator('.at').allInnerTexts();
    const milliseconds = times.map((time) => Number(/^(\d+) ms$/.exec(time)![1]));
    expect(milliseconds).toEqual(milliseconds.toSorted((a, b) => a - b));
    await page.reload();
    await expect.poll(() => stepsOf(page, 'a.txt')).toEqual(steps);
    await page.context().close();
  });

  it('a callback that came twice is said to be recorded once', async () => {
    const page = await world.openPage();
    await signIn(page, 'doubler');
    await page.getByRole('switch', { name: 'It comes twice' }).check();
    await upload(page, textFile('twice.txt'));
    await traceOf(page, 'twice.txt').getByText('delivered 2×, recorded once').waitFor();
    await page.getByText('1 record', { exact: true }).waitFor();
    expect(await rowOf(page, 'twice.txt').count()).toBe(1);
    await page.context().close();
  });

  it('an upload whose callback got lost waits, and is found', async () => {
    const page = await world.openPage();
    await signIn(page, 'loser');
    await page.getByRole('switch', { name: 'It gets lost' }).check();
    const look = await holdReconciliation(page);
    await upload(page, textFile('lost.txt'));
    const trace = traceOf(page, 'lost.txt');
    await trace.getByText('waiting until the app finds the object').waitFor();
    expect(await stepsOf(page, 'lost.txt')).toEqual(['Authorised', 'Stored', 'Callback lost']);
    look();
    await trace.getByText('callback lost, upload found').waitFor();
    expect(await stepsOf(page, 'lost.txt')).toEqual([
      'Authorised',
      'Stored',
      'Callback lost',
      'Found in the bucket',
      'Handled',
    ]);
    await page.context().close();
  });

  it('forged callbacks are refused, each with its reason, and change no record', async () => {
    const page = await world.openPage();
    await signIn(page, 'target');
    const forge = page.getByRole('switch', { name: 'Forged ones follow' });
    await forge.check();
    await upload(page, textFile('forged.txt'));
    await expect
      .poll(async () => (await page.locator('#forgeries > li').allInnerTexts()).map(oneLine))
      .toEqual([
        expect.stringMatching(
          /^Key from another host 403 KEY_NOT_TRUSTED .* does not belong to OSS/,
        ),
        expect.stringMatching(/^Another signing key 403 SIGNATURE_INVALID .* not valid/),
        expect.stringMatching(/^Altered after signing 403 SIGNATURE_INVALID .* not valid/),
      ]);
    await expect.poll(() => forge.isChecked()).toBe(false);
    await page.getByRole('button', { name: '中文' }).click();
    const reasons = await page.locator('#forgeries .refusal').allInnerTexts();
    expect(reasons.map((reason) => reason.split('\n')[0])).toEqual([
      '公钥不属于 OSS。',
      '签名无效。',
      '签名无效。',
    ]);
    await page.getByRole('button', { name: 'English' }).click();
    await rowOf(page, 'forged.txt').getByText('10 B').waitFor();
    expect(await page.locator('#record-count').innerText()).toBe('1 record');
    await page.context().close();
  });

  it('the steps of others are not shown', async () => {
    const page = await world.openPage();
    await signIn(page, 'neighbour');
    await page.getByText('Upload a file: each step appears here as it happens.').waitFor();
    await upload(page, textFile('own.txt'));
    await traceOf(page, 'own.txt').waitFor();
    expect(await page.locator('#traces > li').count()).toBe(1);
    await page.context().close();
  });
});

function traceOf(page: Page, name: string) {
  return page.locator('#traces > li').filter({ has: page.getByText(name, { exact: true }) });
}

async function stepsOf(page: Page, name: string): Promise<string[]> {
  const steps = await traceOf(page, name).locator('.steps > li').allInnerTexts();
  return steps.map((step) => oneLine(step).replace(/ \d+ ms$/, ''));
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
