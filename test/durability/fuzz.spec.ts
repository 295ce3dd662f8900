import { beforeEach, describe, expect, it } from 'vitest';
import { platforms } from '../support/platforms.js';
import { fuzz } from './fuzz.js';
import { sendMany } from './many-callbacks.js';
import { mutationKinds } from './mutations.js';
import { useDatabase } from '../support/test-app.js';

// The short forms of programs of `npm run test:soak`.
const database = useDatabase(beforeEach);

describe.each(platforms)('mutated callbacks, on %s', (platform) => {
  it('are refused, and nothing of them stays', async () => {
    const { broken, figures } = await fuzz(database.url, {
      platform,
      requests: 300,
      seed: 5,
      heapLimitMb: 4,
    });
    expect(broken).toEqual([]);
    expect(figures).toMatchObject({ 'mutated requests': 600, 'genuine callbacks taken': 64 });
    expect(mutationKinds.length).toBeGreaterThan(30);
  });
});

describe('many callbacks in one process', () => {
  it('leave nothing in its memory', async () => {
    const { broken, figures } = await sendMany(database.url, {
      platform: 'Express',
      callbacks: 2_000,
      firstCallbacks: 1_000,
      connections: 16,
      heapLimitMb: 4,
    });
    expect(broken).toEqual([]);
    expect(figures).toMatchObject({ 'answered 200': 2_000 });
  });
});
