import { obeyParent } from '../child.js';
import type { World } from '../world.js';
import { type LoadOrder, runLoad } from './run-load.js';
import { type SignedRequest, signRequests } from './signed-requests.js';

export type LoadMessage = { sign: { world: World; count: number } } | { run: LoadOrder };

let requests: SignedRequest[] = [];

obeyParent((message: LoadMessage) => {
  if ('run' in message) return runLoad(requests, message.run);
  requests = signRequests(message.sign.world, message.sign.count);
  return undefined;
});
