import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningProgram, runProgram } from '../support/run-program.js';
import { compile, readCodeBlocks } from './code-blocks.js';

const root = 'dist/local-oss-code';
const folder = fileURLToPath(new URL(`../../${root}`, import.meta.url));
const running: RunningProgram[] = [];

function run(file: string, args: string[] = [], env: NodeJS.ProcessEnv = {}): RunningProgram {
  const program = runProgram(file, args, { env });
  running.push(program);
  return program;
}

describe('the code of docs/local-oss.md', () => {
  beforeAll(() => {
    expect(compile(readCodeBlocks('docs/local-oss.md'), folder)).toEqual([]);
  });

  afterAll(async () => {
    for (const program of running) program.signal('SIGKILL');
    await Promise.all(running.map(({ exited }) => exited));
    await rm(folder, { recursive: true, force: true });
  });

  it.each(['upload.test.js', 'faults.test.js'])('%s passes', async (file) => {
    const program = run(`${root}/${file}`);
    expect(await program.exited, program.output()).toBe(0);
    expect(program.output()).toMatch(/pass 1\b/);
  });

  it('control.js makes a callback fail', async () => {
    const oss = run('dist/src/simulator/cli.js', ['--port', '0']);
    const [, url = '', token = ''] = await oss.waitFor(
      /control address {2}(\S+)\s+control token {4}(\S+)/,
    );
    const control = run(`${root}/control.js`, [], { CONTROL_URL: url, CONTROL_TOKEN: token });
    expect(await control.exited).toBe(0);
    expect(control.output()).toContain('201 {"fault":{"at":"callback","effect":"drop"}');
  });
});

it('docs/local-oss.zh-CN.md shows the same code', () => {
  expect(readCodeBlocks('docs/local-oss.zh-CN.md')).toEqual(readCodeBlocks('docs/local-oss.md'));
});
