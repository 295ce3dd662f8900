import { describe, expect, it } from 'vitest';
import { chromiumPath } from './chromium.js';
import { answerOf, cellsOf, rowOf, signIn, useSampleWorld, upload } from './sample-world.js';

const textFile = (name: string) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(name) });

describe.skipIf(!chromiumPath)('lost callbacks in a browser', { timeout: 60_000 }, () => {
  const world = useSampleWorld({
    OSS_EXPIRES_IN_SECONDS: '6',
    OSS_RECONCILIATION_EVERY_SECONDS: '1',
  });

  it('a lost callback shows as stored and not confirmed, and is reconciled: by itself, or when asked for', async () => {
    const page = await world.openPage();
    await signIn(page, 'alice');
    const lose = page.getByRole('switch', { name: 'It gets lost' });

    await lose.check();
    await upload(page, textFile('waiting.txt'));
    const waiting = answerOf(page, 'waiting.txt');
    await waiting.getByText('Stored, not confirmed').waitFor();
    await waiting.getByText('OSS can not connect to your callbackUrl').waitFor();
    await waiting.getByText('Now: Pending').waitFor();
    expect(await rowOf(page, 'waiting.txt').count()).toBe(0);
    // to Uppy it is not complete either
    await page.locator('.uppy-StatusBar.is-postprocessing').waitFor();
    expect(await lose.isChecked()).toBe(false);

    await lose.check();
    await upload(page, textFile('asked.txt'));
    await answerOf(page, 'asked.txt').getByRole('button', { name: 'Check now' }).click();
    await answerOf(page, 'asked.txt').getByText('Reconciled').waitFor();
    expect(await cellsOf(page, 'asked.txt')).toMatchObject({
      Source: 'Reconciliation',
      Status: 'Completed',
      Type: 'text/plain',
    });

    await page.getByRole('switch', { name: 'It is 3 s late' }).check();
    await upload(page, textFile('late.txt'));
    await answerOf(page, 'late.txt').getByText('Confirmed').waitFor();

    await waiting.getByText('Reconciled').waitFor();
    expect(await cellsOf(page, 'waiting.txt')).toMatchObject({
      Owner: 'alice',
      Source: 'Reconciliation',
      Status: 'Completed',
    });
    await page.locator('.uppy-StatusBar.is-complete').waitFor();
    // the app's own handler ran for it, as for every other
    await rowOf(page, 'waiting.txt').getByRole('button').click();
    await page.locator('#own-table').getByText('yes: waiting.txt').waitFor();
  });

  it('a callback that comes twice makes one record', async () => {
    const page = await world.openPage();
    await signIn(page, 'bob');
    await page.getByRole('switch', { name: 'It comes twice' }).check();
    await upload(page, textFile('twice.txt'));
    await answerOf(page, 'twice.txt').getByText('Confirmed').waitFor();
    expect(await cellsOf(page, 'twice.txt')).toMatchObject({ Source: 'Callback' });
    expect(await rowOf(page, 'twice.txt').count()).toBe(1);
    expect(await page.locator('#record-count').innerText()).toBe('1 record');
  });
});
