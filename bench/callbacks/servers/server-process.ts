import { obeyParent } from '../child.js';
import type { World } from '../world.js';
import type { ServerContender, ServerOrder } from './contender.js';

obeyParent(({ contender, world }: ServerOrder) => start(contender, world));

/** Each contender loads its own libraries only. Resolves with the port. */
async function start(contender: ServerContender, world: World): Promise<number> {
  switch (contender.kind) {
    case 'nest':
      return (await import('./bare-nest.js')).startBareNest(contender);
    case 'floor':
      return (await import('./floor.js')).startFloor(world);
    case 'hand-written':
      return (await import('./hand-written.js')).startHandWritten(contender, world);
    default: // `module`
      return (await import('./module-app.js')).startModuleApp(contender, world);
  }
}
