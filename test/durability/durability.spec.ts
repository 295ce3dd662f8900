import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMigratedDatabase } from '../support/test-app.js';
import type { TestDatabase } from '../support/test-database.js';
import { doubleCallbacks } from './doubled-callbacks.js';
import { killApp } from './killed-app.js';
import { runUnrulyHandlers } from './unruly-handlers.js';

// The short forms of programs of `npm run test:soak`.
let database: TestDatabase;
beforeEach(async () => {
  database = await createMigratedDatabase();
});
afterEach(() => database.drop());

describe('nothing is lost, nothing happens twice', () => {
  it('where the app is killed under load', { timeout: 60_000 }, async () => {
    const { broken, figures } = await killApp(database.url, {
      platform: 'Fastify',
      kills: 3,
      callbacksPerKill: 150,
      seed: 1,
    });
    console.log(figures);
    expect(broken).toEqual([]);
    expect(figures.kills).toBe(3);
    expect(figures['answered 200']).toBeGreaterThan(0);
  });

  it('where every callback goes to two processes at the same moment', { timeout: 60_000 }, async () => {
    const { broken, figures } = await doubleCallbacks(database.url, {
      platform: 'Express',
      callbacks: 500,
    });
    console.log(figures);
    expect(broken).toEqual([]);
    expect(figures).toMatchObject({ rows: 500, 'answered 200': 1_000 });
  });

  it('where handlers fail, hang, swallow errors and crash the process', { timeout: 60_000 }, async () => {
    const { broken, figures } = await runUnrulyHandlers(database.url, {
      platform: 'Express',
      maxAttempts: 4,
      uploads: {
        good: 10,
        'fails-at-random': 10,
        hangs: 2,
        'hangs-in-database': 2,
        'swallows-database-error': 3,
        'second-fails-twice': 5,
        crashes: 2,
        'always-fails': 2,
        'always-crashes': 1,
      },
    });
    console.log(figures);
    expect(broken).toEqual([]);
  });
});
