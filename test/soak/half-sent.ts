import { fork } from 'node:child_process';
import { once } from 'node:events';
import { CALLBACK_PATH } from '../durability/front.js';
import type { Outcome } from '../durability/outcome.js';
import { onStage } from '../durability/stage.js';
import type { PlatformName } from '../support/platforms.js';
import { sendCallbacksBeside } from './callbacks-beside.js';
import type { HalfSentOrder } from './half-sent-bodies.js';
import { program } from './programs.js';

const EVERY_MS = 20;
const MIN_SHARE = 0.95;
const OTHER_ADDRESS = '127.0.0.2';

const attacks: Record<string, Pick<HalfSentOrder, 'connections' | 'localAddress'>> = {
  'no half-sent ones': { connections: 0 },
  '512 half-sent ones': { connections: 512 },
  '512 of another address': { connections: 512, localAddress: OTHER_ADDRESS },
  '5,000 half-sent ones': { connections: 5_000 },
  '5,000 of another address': { connections: 5_000, localAddress: OTHER_ADDRESS },
};

/**
 * An app in a process of its own, and connections that never finish the bodies they announce, each opened again as soon
 * as it is closed, from the address of the local OSS and from another one. The callbacks in between count.
 */
export function sendHalfBodies(
  databaseUrl: string,
  { platform, callbacks }: { platform: PlatformName; callbacks: number },
): Promise<Outcome> {
  return onStage({ databaseUrl }, async (stage) => {
    const { findings } = stage;
    const { url } = await stage.startApp({ platform, handlers: 'none' });
    const send = async (count: number) => {
      const uploads = await stage.land(count);
      return sendCallbacksBeside(
        url,
        EVERY_MS,
        uploads.map(({ callback }) => callback),
      );
    };
    await send(50); // so that the first ones are not the ones of a cold process
    for (const [name, attack] of Object.entries(attacks)) {
      const order = { url, target: CALLBACK_PATH, pauseMs: 100, ...attack };
      const { figures, openedPerSecond } = await beside(order, () => send(callbacks));
      findings.set(`${name}: lost of ${figures.sent}`, figures.sent * (1 - figures.share));
      findings.set(`${name}: p99 ms`, figures.p99Ms);
      findings.set(`${name}: opened per second`, openedPerSecond);
      if (figures.share < MIN_SHARE) findings.none([name], `too few callbacks count, beside`);
    }
  });
}

/** Does something while a process of its own holds half-sent bodies open. */
async function beside<Figures>(
  order: HalfSentOrder,
  work: () => Promise<Figures>,
): Promise<{ figures: Figures; openedPerSecond: number }> {
  const child = fork(program('half-sent-process'), [JSON.stringify(order)]);
  const ended = once(child, 'exit');
  const opened = async () => {
    child.send('opened?');
    const [count] = (await once(child, 'message')) as [number];
    return count;
  };
  await once(child, 'message');
  const before = await opened();
  const startedAt = performance.now();
  const figures = await work();
  const seconds = (performance.now() - startedAt) / 1_000;
  const openedPerSecond = ((await opened()) - before) / seconds;
  child.disconnect();
  await ended;
  return { figures, openedPerSecond };
}
