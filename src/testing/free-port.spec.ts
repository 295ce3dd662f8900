import { expect, it } from 'vitest';
import { findFreePort } from './free-port.js';

it('each caller is given another port, below those that systems assign to others meanwhile', async () => {
  const ports = await Promise.all(Array.from({ length: 20 }, () => findFreePort()));
  expect(new Set(ports).size).toBe(20);
  for (const port of ports) expect(port).toBeLessThan(32_768);
});
