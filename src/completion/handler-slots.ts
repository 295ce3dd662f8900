import type { DataSource } from 'typeorm';
import { Semaphore } from '../common/semaphore.js';

/** As many uploads may wait for their handlers in one process; the others are left to the reconciliation. */
const MAX_WAITING = 1_000;
/** Of `pg`, where neither TypeORM nor its `extra` says otherwise. */
const DEFAULT_POOL_SIZE = 10;

/** Lets handlers take half of the connections of the pool, so that the other half answers callbacks. */
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
