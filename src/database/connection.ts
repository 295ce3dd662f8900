import type { QueryRunner } from 'typeorm';

/** As much of a connection of `pg` as is needed here. */
export interface Connection {
  query(text: string): Promise<{ rowCount: number | null }[]>;
  query(query: {
    text: string;
    values: unknown[];
    name?: string;
  }): Promise<{ rows: Record<string, unknown>[] }>;
  end(): Promise<void>;
}

/**
 * Gives up a connection on which something hangs: whatever is still sent on it fails. A ROLLBACK would wait behind
 * the statement that hangs.
 */
export function cut(runner: QueryRunner): void {
  void runner
    .connect()
    .then((connection: Connection) => {
      connection.end().catch(() => undefined);
      return runner.release();
    })
    .catch(() => undefined);
}

/**
 * Runs `work` on the connection of a new query runner, which is given up where it takes longer than that.
 * @throws what `work` throws, or `onTimeout` gives
 */
export async function withConnection<T>(
  runner: QueryRunner,
  { timeoutMs, onTimeout }: { timeoutMs: number; onTimeout: () => Error },
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let isLate = false;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      isLate = true;
      reject(onTimeout());
      cut(runner); // also where its ROLLBACK is what hangs
    }, timeoutMs);
  });
  try {
    const run = async () => work((await runner.connect()) as Connection);
    return await Promise.race([run(), timeout]);
  } finally {
    if (!isLate) await rollBack(runner); // the pool's next one would go on in the transaction
    clearTimeout(timer);
    if (!isLate && !runner.isReleased) await runner.release();
  }
}

async function rollBack(runner: QueryRunner): Promise<void> {
  try {
    while (runner.isTransactionActive && !runner.isReleased) await runner.rollbackTransaction();
  } catch {
    cut(runner);
  }
}
