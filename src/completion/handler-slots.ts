import type { DataSource } from 'typeorm';
import { Semaphore } from '../common/semaphore.js';

/** How many uploads may wait for their handlers in one process; further ones are left to the reconciliation. */
const MAX_WAITING = 1_000;
/** The default of `pg`, which applies unless `poolSize` or `extra.max` is set. */
const DEFAULT_POOL_SIZE = 10;

/** Limits handlers to half of the pool's connections, so that the other half stays available to callbacks. */
export class HandlerSlots extends Semaphore {
  constructor({ options }: Pick<DataSource, 'options'>) {
    const { poolSize, extra } = options as { poolSize?: number; extra?: { max?: number } };
    const connections = extra?.max ?? poolSize ?? DEFAULT_POOL_SIZE;
    super(Math.max(1, Math.floor(connections / 2)));
  }

  get haveRoom(): boolean {
    return this.waiting < MAX_WAITING;
  }
}
