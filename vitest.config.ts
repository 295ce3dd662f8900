import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { ClosingLineReporter } from './test/support/closing-line-reporter.js';
import { LongFilesFirst, SYSTEM_TESTS } from './test/support/long-files-first.js';

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const aliases = [
  // The sample imports the package by its name, as an app does; in the tests that name means the sources.
  {
    find: /^nestjs-oss-callback\/(client|simulator|testing)$/,
    replacement: source('./src/$1/index.ts'),
  },
  { find: /^nestjs-oss-callback\/uppy$/, replacement: source('./src/client/uppy/index.ts') },
  { find: /^nestjs-oss-callback$/, replacement: source('./src/index.ts') },
];

// Not by `extends`, which would give each project what the root has: its PostgreSQL once more, and its number of workers.
const project = (
  name: string,
  include: string[],
  { exclude = [], testTimeout }: { exclude?: string[]; testTimeout: number },
) => ({
  resolve: { alias: aliases },
  test: {
    name,
    include,
    exclude,
    // Files share what they import; each has its own app, database and local OSS all the same.
    isolate: false,
    // These end what hangs, and nothing else: a slow and busy machine takes ten times as long as others.
    expect: { poll: { timeout: 30_000 } },
    testTimeout,
    hookTimeout: 180_000,
    // Tests that wait for the same kind of deadline wait together.
    maxConcurrency: 20,
  },
});

export default defineConfig({
  test: {
    projects: [
      project('main', ['{src,sample,tools,test}/**/*.spec.ts'], {
        exclude: SYSTEM_TESTS,
        testTimeout: 60_000,
      }),
      project('system', SYSTEM_TESTS, { testTimeout: 300_000 }),
    ],
    reporters: ['default', new ClosingLineReporter()],
    globalSetup: ['test/support/global-setup.ts'],
    // Much of a test is waiting: for deadlines, for the database, for processes that start. Files that run at once wait together.
    maxWorkers: 3,
    sequence: { sequencer: LongFilesFirst },
  },
});
