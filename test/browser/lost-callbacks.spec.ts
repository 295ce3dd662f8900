import { describe, expect, it } from 'vitest';
import { chromiumPath } from './chromium.js';
import {
  answerOf,
  cellsOf,
  holdReconciliation,
  rowOf,
  signIn,
  textFile,
  untilConfirmed,
  upload,
  useSampleWorld,
} from './sample-world.js';

describe.skipIf(!chromiumPath)('callbacks that go wrong, in a browser', () => {
  const world = useSampleWorld({
    OSS_EXPIRES_IN_SECONDS: '6',
    OSS_RECONCILIATION_EVERY_SECONDS: '86400',
  });

  it.each(['Form', 'Presigned PUT', 'Multipart'])(
    '%s: a lost callback shows as stored and not confirmed, and ends reconciled by itself',
    async (carrier) => {
      const page = await world.openPage();
      await signIn(page, `loser of ${carrier}`);
      await page.getByRole('radio', { name: carrier }).check();
      const lose = page.getByRole('switch', { name: 'It gets lost' });
      await lose.check();
      const look = await holdReconciliation(page);
      await upload(page, textFile('lost.txt'));
      const answer = answerOf(page, 'lost.txt');
      await answer.getByText('Stored, not confirmed').waitFor();
      await answer.getByText('OSS can not connect to your callbackUrl').waitFor();
      expect(await rowOf(page, 'lost.txt').count()).toBe(0);
      // to Uppy it is not complete either
      await page.locator('.uppy-StatusBar.is-uploading').waitFor();
      await expect.poll(() => lose.isChecked()).toBe(false);

      look();
      await answer.getByText('Reconciled').waitFor();
      await expect
        .poll(() => cellsOf(page, 'lost.txt'))
        .toMatchObject({
          Source: 'Reconciliation',
          Status: 'Completed',
          Type: 'text/plain',
        });
      await page.locator('.uppy-StatusBar.is-complete').waitFor();
      // the app's own handler ran for it, as for every other
      await rowOf(page, 'lost.txt').getByRole('button').click();
      await page.locator('#own-table').getByText('yes: lost.txt').waitFor();
      await page.context().close();
    },
  );

  it('a late callback is waited for, and one that comes twice makes one record', async () => {
    const page = await world.openPage();
    await signIn(page, 'bob');
    await page.getByRole('switch', { name: 'It is 3 s late' }).check();
    await upload(page, textFile('late.txt'));
    await untilConfirmed(page, 'late.txt');
    await page.getByRole('switch', { name: 'It comes twice' }).check();
    await upload(page, textFile('twice.txt'));
    await untilConfirmed(page, 'twice.txt');
    await expect.poll(() => cellsOf(page, 'twice.txt')).toMatchObject({ Source: 'Callback' });
    expect(await rowOf(page, 'twice.txt').count()).toBe(1);
    expect(await page.locator('#record-count').innerText()).toBe('2 records');
  });

  it('an upload whose handler fails is on record, and is no lost upload', async () => {
    const page = await world.openPage();
    await signIn(page, 'carol');
    await world.query('ALTER TABLE stored_files RENAME TO stored_files_away');
    await upload(page, textFile('failing.txt'));
    await answerOf(page, 'failing.txt').locator('.badge').getByText('Failed').waitFor();
    await expect.poll(() => cellsOf(page, 'failing.txt')).toMatchObject({ Status: 'Failed' });
    await page.locator('.uppy-StatusBar.is-complete').waitFor();
    await world.query('ALTER TABLE stored_files_away RENAME TO stored_files');
  });

  it('an authorisation that expires on its way is renewed', async () => {
    const page = await world.openPage();
    await signIn(page, 'dave');
    let authorisations = 0;
    await page.route(/\/uploads$/, async (route) => {
      authorisations += 1;
      if (authorisations > 1) return route.continue();
      const response = await route.fetch();
      const { uploads } = (await response.json()) as {
        uploads: { authorisation: { expiresAt: string } }[];
      };
      const expiresAt = Date.parse(uploads[0]!.authorisation.expiresAt);
      await expect.poll(() => Date.now() > expiresAt).toBe(true);
      return route.fulfill({ response });
    });
    await upload(page, textFile('expired.txt'));
    await untilConfirmed(page, 'expired.txt');
    expect(authorisations).toBeGreaterThan(1);
  });
});
