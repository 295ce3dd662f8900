import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { importsOf, readImports } from '../tools/house/imports.js';
import { brokenRules, type Manifest } from '../tools/house/rules.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const manifest = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as Manifest;

test('imports run one way, and never in a circle', () => {
  const imports = readImports(root, ['src', 'migrations', 'sample', 'bench']);
  expect(imports.length).toBeGreaterThan(0);
  expect(brokenRules(imports, manifest)).toEqual([]);
});

// One line for each rule, so that a rule which no longer bites is found out.
test.each([
  ['src/protocol/a.ts', '../variables/b.js', /protocol imports node:\* only/],
  ['src/protocol/a.ts', 'typeorm', /protocol imports node:\* only/],
  ['src/protocol/a.ts', '../common/errors.js', /protocol imports node:\* only/],
  ['src/variables/a.ts', '../ticket/b.js', /one way/],
  ['src/ticket/a.ts', '../oss-client/b.js', /one way/],
  ['src/oss-client/a.ts', '../database/b.js', /one way/],
  ['src/routes/a.ts', '../callback/b.js', /one way/],
  ['src/completion/a.ts', '../recording/b.js', /one way/],
  ['src/reconciliation/a.ts', '../upload/b.js', /one way/],
  ['src/callback/a.ts', '../composition.js', /one way/],
  ['src/composition.ts', './oss-callback.module.js', /one way/],
  ['src/ticket/a.ts', '../database/b.js', /one way/],
  ['src/recording/a.ts', '../upload/b.js', /one way/],
  ['src/upload/a.ts', '../callback/b.js', /one way/],
  ['src/callback/a.ts', '../upload/b.js', /one way/],
  ['src/callback/a.ts', '../oss-callback.module.js', /one way/],
  ['src/callback/a.ts', '../operations/b.js', /one way/],
  ['src/records/a.ts', '../operations/b.js', /one way/],
  ['src/operations/a.ts', '../oss-callback.module.js', /one way/],
  ['src/callback/a.ts', '../index.js', /for those outside/],
  ['src/callback/a.ts', '../simulator/index.js', /door of its own/],
  ['src/callback/a.ts', '../cli/b.js', /nothing imports/],
  ['src/index.ts', './cli/b.js', /nothing imports/],
  ['src/cli/a.ts', '../upload/b.js', /cli imports/],
  ['src/cli/a.ts', '../simulator/index.js', /door of its own/],
  ['src/cli/a.ts', '../../migrations/b.js', /cli imports/],
  ['src/callback/a.ts', '../../tools/house/rules.js', /not part of the package/],
  ['src/callback/a.ts', '../../bench/callbacks.js', /not part of the package/],
  ['src/callback/a.ts', 'fast-check', /does not install fast-check/],
  ['src/callback/a.ts', 'nestjs-oss-callback', /only the sample/],
  ['src/simulator/a.ts', '../options/b.js', /simulator imports protocol/],
  ['src/testing/a.ts', '../recording/b.js', /public names/],
  ['src/testing/a.ts', '../client/index.js', /public names/],
  ['src/http/a.ts', '../client/index.js', /door of its own/],
  ['src/client/a.ts', '../protocol/b.js', /client runs in browsers/],
  ['src/client/a.ts', 'node:crypto', /client runs in browsers/],
  ['src/client/a.ts', '@nestjs/common', /client runs in browsers/],
  ['src/client/a.ts', '@uppy/core', /client runs in browsers/],
  ['src/client/uppy/a.ts', '@uppy/dashboard', /client runs in browsers/],
  ['src/options/a.ts', '../oss-client/b.js', /options are a leaf/],
  ['src/common/a.ts', '../database/b.js', /common is a leaf/],
  ['src/common/a.ts', '../options/b.js', /common is a leaf/],
  ['migrations/a.ts', '../src/database/b.js', /nothing of src/],
  ['sample/a.ts', '../src/index.js', /by its name only/],
  ['sample/a.ts', '../bench/callbacks.js', /by its name only/],
  ['bench/a.ts', '../sample/b.js', /bench measures src/],
  ['bench/a.ts', '../test/support/b.js', /bench measures src/],
  ['bench/a.ts', 'autocannon', /not installed/],
  ['bench/a.ts', 'nestjs-oss-callback', /only the sample/],
])('%s must not import %s', (file, specifier, rule) => {
  for (const code of [
    `import { b } from '${specifier}';`,
    `import type { b } from '${specifier}';`,
    `export * from '${specifier}';`,
    `export const b = () => import('${specifier}');`,
    `export type B = import('${specifier}').B;`,
  ]) {
    const broken = brokenRules(importsOf(file, code), manifest);
    expect(broken, code).toEqual([expect.stringMatching(rule)]);
    expect(broken[0]).toContain(`${file} imports '${specifier}'`);
  }
});

test.each([
  ['src/oss-callback.module.ts', './protocol/a.js'],
  ['src/oss-callback.module.ts', './operations/a.js'],
  ['src/operations/a.ts', '../callback/b.js'],
  ['src/operations/a.ts', '../reconciliation/b.js'],
  ['src/operations/a.ts', 'prom-client'],
  ['src/callback/a.ts', '../recording/b.js'],
  ['src/recording/a.ts', '../completion/b.js'],
  ['src/upload/a.ts', '../routes/b.js'],
  ['src/composition.ts', './http/records/b.js'],
  ['src/recording/a.ts', '../common/log-text.js'],
  ['src/recording/a.ts', '../options/options.js'],
  ['src/options/a.ts', '../common/b.js'],
  ['src/callback/a.ts', '@nestjs/common'],
  ['src/database/a.ts', '../../migrations/b.js'],
  ['src/simulator/operations/a.ts', '../../protocol/b.js'],
  ['src/simulator/a.ts', '../common/limited-bytes.js'],
  ['src/simulator/a.ts', '@fastify/busboy'],
  ['src/testing/a.ts', '../index.js'],
  ['src/client/uppy/a.ts', '@uppy/core'],
  ['src/testing/a.ts', '../ticket/b.js'],
  ['src/options/options.ts', './protocol/b.js'],
  ['src/cli/a.ts', '../callback/b.js'],
  ['src/cli/a.ts', '../database/b.js'],
  ['src/cli/a.ts', '../index.js'],
  ['src/cli/a.ts', '../oss-callback.module.js'],
  ['src/protocol/a.ts', 'node:crypto'],
  ['bench/a.ts', '../src/recording/b.js'],
  ['bench/a.ts', '../tools/embedded-postgres/index.js'],
  ['bench/a.ts', '@nestjs/platform-fastify'],
  ['sample/uploads/a.ts', 'nestjs-oss-callback/testing'],
  ['sample/uploads/a.ts', '../../tools/embedded-postgres/index.js'],
])('%s may import %s', (file, specifier) => {
  expect(brokenRules(importsOf(file, `import '${specifier}';`), manifest)).toEqual([]);
});

test('the simulator reaches nothing through common that an app alone has', () => {
  const imports = [
    ...importsOf('src/simulator/a.ts', `import { b } from '../common/b.js';`),
    ...importsOf('src/common/b.ts', `import 'node:http'; export * from './c.js';`),
    ...importsOf('src/common/c.ts', `import '@nestjs/common'; import '../protocol/d.js';`),
    ...importsOf('src/common/errors.ts', `import '@nestjs/common';`),
  ];
  expect(brokenRules(imports, manifest)).toEqual([
    "src/common/c.ts imports '@nestjs/common': the simulator runs without it",
    "src/common/c.ts imports '../protocol/d.js': the simulator runs without it",
  ]);
});

test('a circle is named', () => {
  const imports = [
    ...importsOf('src/recording/a.ts', `import type { B } from './b.js';`),
    ...importsOf('src/recording/b.ts', `import { c } from './c.js';`),
    ...importsOf('src/recording/c.ts', `import { b } from './b.js';`),
  ];
  expect(brokenRules(imports, manifest)).toEqual([
    'imports go in a circle: src/recording/b.ts -> src/recording/c.ts -> src/recording/b.ts',
  ]);
});
