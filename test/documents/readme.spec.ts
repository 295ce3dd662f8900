import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { findFreePort } from '../../src/testing/free-port.js';
import { type RunningProgram, runProgram } from '../support/run-program.js';
import { onServer } from '../support/server-connection.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { compile, readCodeBlocks, readDocument } from './code-blocks.js';

const hasCurl = ['curl', 'jq'].every((name) => spawnSync(name, ['--version']).status === 0);

describe.each(['README.md', 'README.zh-CN.md'])('the code of %s', (document) => {
  const folder = fileURLToPath(new URL(`../../dist/${document}-code`, import.meta.url));
  const running: RunningProgram[] = [];
  let database: TestDatabase;
  let appUrl: string;

  beforeAll(async () => {
    const blocks = readCodeBlocks(document);
    // What the document shows as a further controller and a handler join the app, and ports are free ones.
    const edits: Record<string, (code: string) => string> = {
      'app.module.ts': (code) =>
        [
          `import { AlbumController } from './album.controller.js';`,
          `import { AvatarsService } from './avatars.service.js';`,
          `import { PhotosController, PhotoUploads } from './photos.controller.js';`,
          code.replace(
            '[AvatarsController]',
            '[AvatarsController, AlbumController, PhotosController, PhotoUploads], providers: [AvatarsService]',
          ),
        ].join('\n'),
      'local-oss.ts': (code) => code.replace('port: 9100', 'port: 0'),
    };
    const files = [...blocks].map(
      ([title, code]) => [title, edits[title]?.(code) ?? code] as const,
    );
    expect(compile(new Map(files), folder)).toEqual([]);

    database = await createTestDatabase();
    await createUsers(database.url);
    const oss = run('local-oss.js', {});
    const [, ossUrl = ''] = await oss.waitFor(/^OSS_LOCAL_URL=(http:\S+)/m);
    const port = await findFreePort();
    appUrl = `http://127.0.0.1:${port}`;
    const app = run('main.js', {
      ...environmentOf(document),
      PORT: String(port),
      DATABASE_URL: database.url,
      OSS_PUBLIC_URL: appUrl,
      OSS_LOCAL_URL: ossUrl,
      OSS_TICKET_SECRETS: 'c2VjcmV0IG9mIHRoZSB0ZXN0cyBhbmQgb2Ygbm90aGluZyBlbHNl',
    });
    await app.waitFor(/successfully started/);
    await vi.waitFor(() => fetch(appUrl), { timeout: 10_000 }); // that is said just before it listens
  });

  afterAll(async () => {
    for (const program of running) program.signal('SIGKILL');
    await Promise.all(running.map(({ exited }) => exited));
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });

  function run(file: string, env: NodeJS.ProcessEnv): RunningProgram {
    const program = runProgram(`dist/${document}-code/${file}`, [], { env });
    running.push(program);
    return program;
  }

  it('uploads an avatar with the client of the document', async () => {
    const client = (await import(
      /* @vite-ignore */ pathToFileURL(join(folder, 'client.js')).href
    )) as {
      uploadAvatar(file: File, app: string): Promise<unknown>;
    };
    const avatar = new File(['not really a picture'], 'me.png', { type: 'image/png' });
    expect(await client.uploadAvatar(avatar, appUrl)).toEqual({
      id: expect.any(String),
      key: expect.stringMatching(/^avatars\//),
      size: 20,
    });
    expect(await avatarOf(database, 'the user of your session')).toMatch(/^avatars\//);
    const text = new File(['a text'], 'me.txt', { type: 'text/plain' });
    await expect(client.uploadAvatar(text, appUrl)).rejects.toThrow('AccessDenied');
  });

  it.skipIf(!hasCurl)('uploads an avatar with the curl command of the document', async () => {
    const blocks = readDocument(document).matchAll(/^```sh\n(curl [\s\S]*?)^```$/gm);
    const [[, command = ''] = []] = [...blocks];
    const directory = join(folder, 'curl');
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, 'me.png'), 'not really a picture');
    const script = command.replaceAll('http://127.0.0.1:3000', appUrl);
    const answer = execFileSync('sh', ['-ec', script], { cwd: directory, encoding: 'utf8' });
    expect(JSON.parse(answer)).toEqual({
      id: expect.any(String),
      key: expect.stringMatching(/^avatars\//),
      size: 20,
    });
  });

  it('uploads photos with the controller and the page of the document', async () => {
    const page = (await import(
      /* @vite-ignore */ pathToFileURL(join(folder, 'photos.page.js')).href
    )) as {
      uploadPhotos(
        files: File[],
        show: (text: string) => void,
        app: string,
      ): Promise<PromiseSettledResult<unknown>[]>;
    };
    const files = [
      new File(['a photo'], 'sea.jpg', { type: 'image/jpeg' }),
      new File(['a text'], 'sea.txt', { type: 'text/plain' }),
    ];
    const shown: string[] = [];
    const [photo, text] = await page.uploadPhotos(files, (line) => shown.push(line), appUrl);
    expect(photo).toMatchObject({
      status: 'fulfilled',
      value: { state: 'completed', answer: { key: expect.stringMatching(/^photos\//), size: 7 } },
    });
    expect(text).toMatchObject({ status: 'rejected', reason: { code: 'WRONG_TYPE' } });
    expect(shown.at(-1)).toBe('sea.jpg: 7 of 7 bytes');
  });

  it('gives the custom variables back, with their types', async () => {
    const authorised = await fetch(`${appUrl}/albums`, { method: 'POST' });
    const { url, method, headers } = (await authorised.json()) as {
      url: string;
      method: string;
      headers: Record<string, string>;
    };
    const response = await fetch(url, { method, headers, body: Buffer.from('jpg') });
    expect([response.status, await response.json()]).toEqual([
      200,
      { albumId: 7, caption: '海边' },
    ]);
  });
});

describe('README.zh-CN.md', () => {
  it('shows the same code as README.md', () => {
    expect(readCodeBlocks('README.zh-CN.md')).toEqual(readCodeBlocks('README.md'));
  });
});

/** The `.env` that a document has its readers make. */
function environmentOf(document: string): NodeJS.ProcessEnv {
  const [, lines = ''] = /^cat > \.env <<END\n([\s\S]*?)^END$/m.exec(readDocument(document)) ?? [];
  return Object.fromEntries(
    [...lines.matchAll(/^(\w+)=(.*)$/gm)].map(([, name = '', value]) => [name, value]),
  );
}

async function createUsers(url: string): Promise<void> {
  await query(url, 'CREATE TABLE users (id text PRIMARY KEY, avatar text)');
  await query(url, `INSERT INTO users VALUES ('the user of your session', NULL)`);
}

async function avatarOf({ url }: TestDatabase, user: string): Promise<string | undefined> {
  const { rows } = await query(url, 'SELECT avatar FROM users WHERE id = $1', [user]);
  return (rows as { avatar: string }[])[0]?.avatar;
}

function query(url: string, text: string, values?: unknown[]) {
  return onServer(url, (client) => client.query(text, values));
}
