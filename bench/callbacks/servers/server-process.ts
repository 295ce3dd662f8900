import cluster from 'node:cluster';
import { once } from 'node:events';
import { obeyParent } from '../child.js';
import type { World } from '../world.js';
import type { ServerContender, ServerOrder } from './contender.js';

/** Holds the order of a process that shares its port: a message could come before anybody listens for it. */
const ORDER = 'BENCH_SERVER_ORDER';

const shared = process.env[ORDER];
if (shared === undefined) {
  obeyParent((order: ServerOrder) =>
    order.processes === 1 ? start(order.contender, order.world) : startSharing(order),
  );
} else {
  const { contender, world } = JSON.parse(shared) as ServerOrder;
  process.once('disconnect', () => process.exit(0));
  process.send!({ port: await start(contender, world) });
}

/** Each process accepts from the shared socket by itself: handing connections around costs more than it gives. */
async function startSharing(order: ServerOrder): Promise<number> {
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  const ports = await Promise.all(
    Array.from({ length: order.processes }, async () => {
      const worker = cluster.fork({ [ORDER]: JSON.stringify(order) });
      worker.once('exit', (code) => process.exit(code || 1));
      const [{ port }] = (await once(worker, 'message')) as [{ port: number }];
      return port;
    }),
  );
  return ports[0]!;
}

/** Each contender loads its own libraries only. Resolves with the port. */
async function start(contender: ServerContender, world: World): Promise<number> {
  switch (contender.kind) {
    case 'http':
      return (await import('./bare-http.js')).startBareHttp();
    case 'nest':
      return (await import('./bare-nest.js')).startBareNest(contender);
    case 'floor':
      return (await import('./floor.js')).startFloor(world);
    case 'vendor':
      return (await import('./vendor-sample.js')).startVendorSample(world);
    default: // `module`
      return (await import('./module-app.js')).startModuleApp(contender, world);
  }
}
