import type { QueryRunner } from 'typeorm';

/** The part of a `pg` connection that this package uses. */
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
 * Closes a connection on which a statement hangs, so that everything sent on it fails. A ROLLBACK would wait behind
 * that statement.
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
 * Runs `work` on the connection of a new query runner. If it takes longer than `timeoutMs`, the connection is closed.
 * @throws what `work` throws, or what `onTimeout` returns
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
      cut(runner); // also if its ROLLBACK hangs
    }, timeoutMs);
  });
  try {
    const run = async () => work((await runner.connect()) as Connection);
    return await Promise.race([run(), timeout]);
  } finally {
    if (!isLate) await rollBack(runner); // the connection's next user would continue the transaction
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
