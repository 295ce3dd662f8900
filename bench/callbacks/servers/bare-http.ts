import { FIXED_ANSWER } from '../answers.js';
import { startPlainServer } from './plain-server.js';

/** `node:http` that answers fixed JSON. */
export function startBareHttp(): Promise<number> {
  return startPlainServer(() => FIXED_ANSWER);
}
