import cluster from 'node:cluster';
import { once } from 'node:events';
import { obeyParent } from '../child.js';
import type { World } from '../world.js';
import type { ServerContender, ServerOrder } from './contender.js';

/** The first message starts the server and is answered with its port. */
if (cluster.isPrimary) {
  obeyParent(async (order: ServerOrder) => {
    if (order.processes === 1) return start(order.contender, order.world);
    // Each process accepts from the shared socket by itself: handing connections around costs more than it gives.
    cluster.schedulingPolicy = cluster.SCHED_NONE;
    const ports = await Promise.all(
      Array.from({ length: order.processes }, async () => {
        const worker = cluster.fork();
        worker.send(order);
        const [port] = (await once(worker, 'message')) as [{ result?: number; error?: string }];
        if (port.result === undefined) throw new Error(port.error);
        return port.result;
      }),
    );
    return ports[0];
  });
} else {
  obeyParent((order: ServerOrder) => start(order.contender, order.world));
}

/** Each contender loads its own libraries only. */
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
    case 'module':
      return (await import('./module-app.js')).startModuleApp(contender, world);
  }
}
