import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Browser,
  type BrowserContextOptions,
  type CDPSession,
  chromium,
  type Page,
} from 'playwright-core';
import { afterEach, expect } from 'vitest';
import { runProgram } from '../support/run-program.js';
import { onServer } from '../support/server-connection.js';
import { useWorld } from '../support/test-app.js';
import { createTestDatabase } from '../support/test-database.js';
import { chromiumPath } from './chromium.js';

/** Without them Chromium asks for hosts of its maker's. */
const QUIET = ['--disable-quic', '--disable-background-networking', '--disable-component-update'];

/** The sample as `npm start` runs it, and a browser. */
export interface SampleWorld {
  url: string;
  /** Runs a statement in the sample's database. */
  query(sql: string, values?: unknown[]): Promise<void>;
  folder: string;
  browser: Browser;
  /** A page of a browser of its own. What goes wrong in it is in `problems`. */
  openPage(options?: BrowserContextOptions): Promise<Page>;
  /** Errors of scripts and breaches of the content security policy, of all pages. */
  problems: string[];
  stop(): Promise<void>;
}

export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath,
    args: [...QUIET, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
  });
}

/**
 * @param env how long authorisations last and how often the app looks for lost uploads, in seconds. The 30 s of the local
 *   sample would end in the middle of large uploads on a slow machine.
 */
export async function startSampleWorld(env: NodeJS.ProcessEnv = {}): Promise<SampleWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'oss-callback-browser-'));
  const database = await createTestDatabase();
  const program = runProgram('dist/sample/main.js', [], {
    cwd: folder,
    env: {
      PORT: '0',
      OSS_LOCAL_PORT: '0',
      DATABASE_URL: database.url,
      OSS_EXPIRES_IN_SECONDS: '3600',
      ...env,
    },
  });
  const launched = launchChromium();
  const [[, url = '']] = await Promise.all([program.waitFor(/^App +(\S+)/m), launched]);
  const browser = await launched;
  const problems: string[] = [];
  return {
    url,
    query: (sql, values) =>
      onServer(database.url, async (client) => void (await client.query(sql, values))),
    folder,
    browser,
    problems,
    async openPage(options) {
      const context = await browser.newContext({
        locale: 'en-US',
        viewport: { width: 1360, height: 860 },
        reducedMotion: 'reduce',
        ...options,
      });
      const page = await context.newPage();
      page.setDefaultTimeout(60_000);
      page.on('pageerror', (error) => problems.push(String(error)));
      page.on('console', (message) => {
        const text = message.text();
        if (/Content Security Policy|Refused to/i.test(text)) problems.push(text);
      });
      await page.goto(url);
      return page;
    },
    async stop() {
      await browser.close();
      program.signal('SIGTERM');
      await program.exited;
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A sample for the tests of a block, on whose pages nothing may go wrong. */
export function useSampleWorld(env?: NodeJS.ProcessEnv): SampleWorld {
  const world = useWorld(() => startSampleWorld(env));
  afterEach(() => expectNoProblems(world));
  return world;
}

/** Signs in and waits until the records are live. */
export async function signIn(page: Page, name: string): Promise<void> {
  await page.getByLabel(/^(Name|名字)$/).fill(name);
  await page.locator('#sign-in [type=submit]').click();
  await page.locator('#live.is-live').waitFor();
}

export type Picked = Parameters<Page['setInputFiles']>[1];

/** A file for `upload`, whose name is its content. */
export function textFile(name: string) {
  return { name, mimeType: 'text/plain', buffer: Buffer.from(name) };
}

/** Puts files into Uppy's dashboard and begins their upload. */
export async function upload(page: Page, files: Picked): Promise<void> {
  await pick(page, files);
  await page.locator('.uppy-StatusBar-actionBtn--upload').click();
}

export async function pick(page: Page, files: Picked): Promise<void> {
  const more = page.locator('.uppy-DashboardContent-addMore');
  if (await more.isVisible()) await more.click();
  await page.locator('input.uppy-Dashboard-input').first().setInputFiles(files);
}

export function answerOf(page: Page, name: string) {
  return page.locator('#answers > li').filter({ has: page.getByText(name, { exact: true }) });
}

/** Those of uploads that the app has confirmed. */
export function confirmedAnswers(page: Page) {
  const confirmed = page.getByText('Confirmed', { exact: true }); // not "Stored, not confirmed"
  return page.locator('#answers > li').filter({ has: confirmed });
}

/** Waits until the answer to an upload says that the app has confirmed it. */
export async function untilConfirmed(page: Page, name: string): Promise<void> {
  await answerOf(page, name).and(confirmedAnswers(page)).waitFor();
}

export function rowOf(page: Page, name: string) {
  return page.locator('#record-rows > tr').filter({ has: page.getByText(name, { exact: true }) });
}

/** What the cells of a record's row say, by column. */
export async function cellsOf(page: Page, name: string): Promise<Record<string, string>> {
  const row = rowOf(page, name);
  await row.waitFor();
  const cells = await row.locator('td:not(.column-file)').all();
  return Object.fromEntries(
    await Promise.all(
      cells.map(async (cell) => [await cell.getAttribute('data-column'), await cell.innerText()]),
    ),
  ) as Record<string, string>;
}

/**
 * Holds back the app's look for a lost upload, so that the state before it can be seen.
 * @returns lets it go
 */
export async function holdReconciliation(page: Page): Promise<() => void> {
  let look = () => {};
  const looked = new Promise<void>((resolve) => (look = resolve));
  await page.route(/\/reconciliation$/, async (route) => {
    await looked;
    await route.continue();
  });
  return look;
}

/** A file of zeros that takes no place on the disk. */
export async function makeLargeFile(path: string, sizeBytes: number): Promise<string> {
  const file = await open(path, 'w');
  await file.truncate(sizeBytes);
  await file.close();
  return path;
}

/** Holds uploads back, so that one can watch them. */
export function slowDown(page: Page, bytesPerSecond: number): Promise<void> {
  return setNetwork(page, { uploadThroughput: bytesPerSecond });
}

/** Ends what is under way as well. */
export function goOffline(page: Page): Promise<void> {
  return setNetwork(page, { offline: true });
}

export function goOnline(page: Page): Promise<void> {
  return setNetwork(page, {});
}

/** What one session sets, no other takes back. */
const sessions = new WeakMap<Page, CDPSession>();

async function setNetwork(
  page: Page,
  { offline = false, uploadThroughput = -1 }: { offline?: boolean; uploadThroughput?: number },
): Promise<void> {
  let session = sessions.get(page);
  if (!session) {
    session = await page.context().newCDPSession(page);
    sessions.set(page, session);
    await session.send('Network.enable');
  }
  await session.send('Network.emulateNetworkConditions', {
    offline,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput,
  });
}

export function expectNoProblems({ problems }: SampleWorld): void {
  expect(problems.splice(0)).toEqual([]);
}
