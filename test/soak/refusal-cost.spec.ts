import { beforeEach, expect, it } from 'vitest';
import { platforms } from '../support/platforms.js';
import { useDatabase } from '../support/test-app.js';
import { measureRefusals } from './refusal-cost.js';

// A short form of a run of `npm run test:soak`.
const database = useDatabase(beforeEach);

it.each(platforms)(
  'a bad request costs %s at most 1.5 times as much processor time as a good one',
  async (platform) => {
    const { figures, broken } = await measureRefusals(database.url, {
      platform,
      requests: 100,
      rounds: 3,
    });
    console.log(`${platform}: ${JSON.stringify(figures)}`);
    expect(broken).toEqual([]);
  },
);
