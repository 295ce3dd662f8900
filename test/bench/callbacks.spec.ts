import { expect, it } from 'vitest';
import { platforms } from '../support/platforms.js';
import { runProgram } from '../support/run-program.js';

it('measures the package and others side by side, on both platforms, as long as objects last', async () => {
  const scenarios = platforms.flatMap((platform) => [
    `Nest ${platform}, keep-alive 64`,
    `module ${platform}, keep-alive 64`,
  ]);
  scenarios.push('module Fastify, handler, keep-alive 64', 'pg INSERT, keep-alive 1');
  scenarios.push('module Express, confirming, keep-alive 64');
  scenarios.push(...platforms.map((platform) => `hand-written ${platform}, keep-alive 64`));
  const only = scenarios.flatMap((name) => ['--only', name]);
  const bench = runProgram('dist/bench/callbacks.js', ['--tiny', ...only]);
  expect(await bench.exited, bench.output()).toBe(0);
  const lines = bench.output().split('\n');
  for (const name of scenarios) {
    const line = lines.find((one) => one.startsWith(`| ${name} `));
    expect(line, name).toMatch(/^\| .+? \| +[1-9]\d* \|/);
  }
  for (const platform of platforms) {
    const ratio = `module ${platform} / Nest ${platform}, keep-alive 64`;
    expect(bench.output()).toMatch(new RegExp(`\\| ${ratio} +\\| +\\d+\\.\\d\\d \\|`));
  }
});
