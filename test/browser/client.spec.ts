import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { clientScript } from '../client/client-in.js';
import { uploaderApp } from '../client/uploader-world.js';
import { useTestApp } from '../support/test-app.js';
import { chromiumPath } from './chromium.js';
import { launchChromium, slowDown } from './sample-world.js';

const MB = 1024 * 1024;

interface Uploaded {
  outcome: { state: string; uploadId: string; answer?: { size: number } };
  sent: number[];
  total: number;
}

describe.skipIf(!chromiumPath)('the client in a browser', () => {
  const world = useTestApp(uploaderApp);
  let browser: Browser;
  let page: Page;
  const asked: string[] = [];

  beforeAll(async () => {
    browser = await launchChromium();
    page = await browser.newPage();
    page.on('request', (request) => {
      const { pathname } = new URL(request.url());
      if (request.method() !== 'OPTIONS') asked.push(`${request.method()} ${pathname}`);
    });
    await page.goto(`${world.url}/uploads/none`); // a page of the app's origin
    await page.addScriptTag({ content: await clientScript() });
    await page.exposeFunction('hurry', () => slowDown(page, -1));
  });
  afterAll(() => browser?.close());
  afterEach(() => {
    asked.length = 0;
    world.oss.faults.clear();
  });

  /** Uploads that many bytes. */
  function upload(carrier: string, size: number): Promise<Uploaded> {
    return page.evaluate(`(async () => {
      const uploader = client.createOssUploader({ url: '/uploads' });
      const sent = [];
      let total;
      const outcome = await uploader.upload(new File([new Uint8Array(${size})], 'a.bin'), {
        carriers: ['${carrier}'],
        onProgress: ({ sentBytes, totalBytes }) => {
          sent.push(sentBytes);
          total = totalBytes;
          void hurry();
        },
      });
      return { outcome, sent, total };
    })()`);
  }

  it.each(['form', 'put', 'multipart'])(
    '%s: progress never decreases, and ends at the size of the file',
    async (carrier) => {
      const size = carrier === 'multipart' ? 2 * MB - 7 : 16 * MB;
      await slowDown(page, 4 * MB); // until its first progress
      const { outcome, sent, total } = await upload(carrier, size);
      expect(outcome).toMatchObject({ state: 'completed', answer: { size } });
      expect(sent).toEqual(sent.toSorted((a, b) => a - b));
      expect([sent.at(-1), total]).toEqual([size, size]);
      expect(sent.length).toBeGreaterThan(1);
    },
  );

  it.each(['form', 'put'])(
    '%s: a connection that broke before the file had left is no doubt: it is sent again at once',
    async (carrier) => {
      // Chromium itself sends a request up to three times if the connections had served before
      world.oss.faults.inject({ at: 'upload', effect: 'cut', afterBytes: 64 * 1024 }, { times: 4 });
      const { outcome, sent } = await upload(carrier, 16 * MB);
      expect(outcome).toMatchObject({ state: 'completed', answer: { size: 16 * MB } });
      expect(sent).toEqual(sent.toSorted((a, b) => a - b));
      expect(asked.filter((line) => line.includes('reconciliation'))).toEqual([]);
      const files = asked.filter((line) => !/ \/uploads(\/none)?$/.test(line));
      expect(files.length).toBeGreaterThan(1);
    },
  );
});
