import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { doubleCallbacks } from './doubled-callbacks.js';
import { killApp } from './killed-app.js';
import { killDatabase } from './killed-database.js';
import { startKillablePostgres } from './killable-postgres.js';
import { loseCallbacks } from './lossy-oss.js';
import { runUnrulyHandlers } from './unruly-handlers.js';
import { useDatabase } from '../support/test-app.js';

// The short forms of programs of `npm run test:soak`.
const database = useDatabase(beforeEach);

describe('nothing is lost, nothing happens twice', () => {
  it('where the app is killed under load', async () => {
    const { broken, figures } = await killApp(database.url, {
      platform: 'Fastify',
      kills: 2,
      callbacksPerKill: 100,
      connections: 16,
      seed: 1,
    });
    expect(broken).toEqual([]);
    expect(figures.kills).toBe(2);
    expect(figures['answered 200']).toBeGreaterThan(0);
  });

  it('where PostgreSQL is killed under load and started again', async () => {
    const postgres = await startKillablePostgres();
    onTestFinished(() => postgres.stop());
    const { broken, figures } = await killDatabase(postgres, {
      platform: 'Express',
      kills: 1,
      callbacksPerKill: 100,
      connections: 16,
      seed: 1,
    });
    expect(broken).toEqual([]);
    expect(figures).toMatchObject({ kills: 1, completed: 200 });
  });

  it('where callbacks get lost, delayed and doubled', async () => {
    const { broken, figures } = await loseCallbacks(database.url, {
      platform: 'Fastify',
      uploads: 60,
      ofEachCase: 1,
    });
    expect(broken).toEqual([]);
    expect(figures).toMatchObject({ drop: 12, fail: 6, delay: 6, 'deliver-twice': 6 });
  });

  it('where every callback goes to two processes at the same moment', async () => {
    const { broken, figures } = await doubleCallbacks(database.url, {
      platform: 'Express',
      callbacks: 300,
      connections: 16,
    });
    expect(broken).toEqual([]);
    expect(figures.completed).toBe(300);
  });

  it('where handlers fail, hang, swallow errors and crash the process', async () => {
    const { broken, figures } = await runUnrulyHandlers(database.url, {
      platform: 'Express',
      maxAttempts: 4,
      connections: 16,
      uploads: {
        good: 10,
        'fails-at-random': 5,
        hangs: 2,
        'hangs-in-database': 2,
        'swallows-database-error': 3,
        'second-fails-twice': 5,
        crashes: 1,
        'always-fails': 2,
        'always-crashes': 1,
      },
    });
    expect(broken).toEqual([]);
    expect(figures).toMatchObject({
      'good: completed': 10,
      'second-fails-twice: completed': 5,
      'swallows-database-error: completed': 3,
      'crashes: completed': 1,
      'always-fails: abandoned': 2,
      'always-crashes: abandoned': 1,
    });
  });
});
