import { createContext, runInContext } from 'node:vm';
import { rolldown } from 'rolldown';
import { root } from '../support/run-bundled.js';

type Client = typeof import('../../src/client/index.js');

/** The client as one script, which makes the global `client`. */
export async function clientScript(): Promise<string> {
  const bundler = await rolldown({
    input: `${root}src/client/index.ts`,
    platform: 'neutral',
    resolve: { extensionAlias: { '.js': ['.ts'] } },
  });
  const { output } = await bundler.generate({ format: 'iife', name: 'client' });
  await bundler.close();
  return output[0].code;
}

/** The client, in a world that has the language, timers and these globals: nothing else of a browser, and nothing of Node. */
export async function clientIn(globals: object): Promise<Client> {
  const world = createContext({ setTimeout, clearTimeout, ...globals });
  runInContext(await clientScript(), world);
  return runInContext('client', world) as Client;
}
