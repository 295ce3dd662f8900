import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { ClosingLineReporter } from './test/support/closing-line-reporter.js';
import { LongFilesFirst, SYSTEM_TESTS } from './test/support/long-files-first.js';

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    // The sample imports the package by its name, as an app does; in the tests that name means the sources.
    alias: [
      {
        find: /^nestjs-oss-callback\/(client|simulator|testing)$/,
        replacement: source('./src/$1/index.ts'),
      },
      {
        find: /^nestjs-oss-callback\/uppy$/,
        replacement: source('./src/client/uppy/index.ts'),
      },
      { find: /^nestjs-oss-callback$/, replacement: source('./src/index.ts') },
    ],
  },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'main',
          include: ['{src,sample,tools,test}/**/*.spec.ts'],
          exclude: SYSTEM_TESTS,
        },
      },
      { extends: true, test: { name: 'system', include: SYSTEM_TESTS } },
    ],
    reporters: ['default', new ClosingLineReporter()],
    globalSetup: ['test/support/global-setup.ts'],
    // Files share what they import; each has its own app, database and local OSS all the same.
    isolate: false,
    // Much of a test is waiting: for deadlines, for the database, for processes that start. Two files at once wait together.
    maxWorkers: 2,
    sequence: { sequencer: LongFilesFirst },
    // A busy machine may take its time for what takes milliseconds otherwise.
    expect: { poll: { timeout: 10_000 } },
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
