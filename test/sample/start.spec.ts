import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningProgram, runProgram } from '../support/run-program.js';
import { signIn } from './sign-in.js';

// These run what the compiler made, as `npm start` and `npm run demo` do; `npm run test:system` builds first.
describe('npm start', () => {
  let folder: string;
  let running: RunningProgram | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oss-callback-start-'));
  });
  afterEach(async () => {
    running?.signal('SIGKILL');
    await running?.exited;
    await rm(folder, { recursive: true, force: true });
  });

  function start(env: NodeJS.ProcessEnv = {}, nodeArgs?: string[]): RunningProgram {
    running = runProgram('dist/sample/main.js', [], {
      cwd: folder,
      env: { PORT: '0', OSS_LOCAL_PORT: '0', ...env },
      nodeArgs,
    });
    return running;
  }

  it('takes an upload by the command that it prints, and keeps the record over a restart', async () => {
    const first = start();
    const [, url = ''] = await first.waitFor(/dist\/sample\/upload\.js (http:\S+)/);
    await writeFile(join(folder, '你好.txt'), 'hello');
    const upload = runProgram('dist/sample/upload.js', [url, '你好.txt'], { cwd: folder });
    expect([await upload.exited, upload.output()]).toEqual([
      0,
      expect.stringContaining('你好.txt'),
    ]);
    await first.waitFor(
      /^你好\.txt +authorised → .* → recorded → handled → answered → uploader gets 200, \d+ ms/m,
    );
    const records = await readRecords(url);
    expect(records).toMatchObject({
      uploads: [{ status: 'completed', size: 5, variables: { originalName: '你好.txt' } }],
    });

    first.signal('SIGINT');
    expect(await first.exited).toBe(0);
    const [, secondUrl = ''] = await start().waitFor(/dist\/sample\/upload\.js (http:\S+)/);
    expect(await readRecords(secondUrl)).toEqual(records);
    running?.signal('SIGTERM');
    expect(await running?.exited).toBe(0);
  });

  it('says in one sentence that a port is used', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    for (const variable of ['PORT', 'OSS_LOCAL_PORT']) {
      const program = start({ [variable]: String(port) });
      expect(await program.exited).toBe(1);
      expect(program.output()).toBe(
        `Port ${port} is used by another program. Choose another one: ${variable}=${port + 1} npm start\n`,
      );
    }
    other.close();
  });

  it('says in one sentence that the database cannot be reached, without its password', async () => {
    const program = start({ DATABASE_URL: 'postgres://user:canary-password@127.0.0.1:1/app' });
    expect(await program.exited).toBe(1);
    expect(program.output()).toMatch(
      /^Starting [^\n]*\nPostgreSQL at 127\.0\.0\.1:1\/app \(DATABASE_URL\) .*\n$/,
    );
    expect(program.output()).not.toContain('canary');
  });

  it('says in one sentence that there is no PostgreSQL for the platform', async () => {
    const script = `Object.defineProperty(process, 'platform', { value: 'sunos' })`;
    const program = start({}, ['--import', `data:text/javascript,${encodeURIComponent(script)}`]);
    expect(await program.exited).toBe(1);
    expect(program.output()).toMatch(/^Starting [^\n]*\n[^\n]*DATABASE_URL[^\n]*\n$/);
  });
});

describe('npm run demo', () => {
  it('uploads every file by every way and finds each record right', async () => {
    const demo = runProgram('dist/sample/demo.js');
    expect(await demo.exited).toBe(0);
    expect(demo.output()).toContain('9 records for 9 uploads, all correct.');
    const troubles = demo
      .output()
      .split('gets lost, and is found')[1]!
      .split('comes twice, and is recorded once');
    expect(troubles[0]).toContain('1 record, completed, source reconciliation');
    expect(troubles[1]).toContain('1 record, completed, source callback');
    expect(troubles[1]!.match(/^  called back +[0-9.]+ ms/gm)).toHaveLength(2);
    for (const step of [
      'authorised',
      'stored',
      'called back',
      'verified',
      'confirmed',
      'recorded',
    ]) {
      const ways = demo.output().split('The records in PostgreSQL')[0]!;
      expect(ways.match(new RegExp(`^  ${step} +[0-9.]+ ms`, 'gm'))).toHaveLength(9);
    }
  });
});

/** The records of the user that `upload.js` signs in as. */
async function readRecords(url: string): Promise<unknown> {
  const cookie = await signIn(url, 'alice');
  return (await fetch(`${url}/records`, { headers: { cookie } })).json();
}
