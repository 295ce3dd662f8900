import type { Connection } from '../database/connection.js';
import { isPreparationLost } from '../database/database-error.js';
import { type EntitySql, preparedName } from '../database/entity-sql.js';
import type { OssUpload } from '../database/oss-upload.entity.js';

const SAVEPOINT = 'oss_callback_handlers';

export interface AttemptTimes {
  timeoutMs: number;
  leaseSeconds: number;
}

/** Not waiting for the disk: the count has to survive this process, and the database has it by then. */
const COMMIT_WITHOUT_FLUSH = `set_config('synchronous_commit', 'off', true)`;

/**
 * The statements before and after an upload's handlers, each sent as one message to save round trips. They are prepared
 * once per connection, unless a connection pooler does not support that.
 */
export class HandlerTransactionStatements {
  private readonly count: PreparableStatement;
  private readonly take: PreparableStatement;
  private readonly complete: PreparableStatement;
  private readonly prepared = new WeakSet<Connection>();
  private canPrepare = true;

  constructor(sql: EntitySql<OssUpload>) {
    const { table } = sql;
    const column = (name: keyof OssUpload) => sql.column(name);
    this.count = new PreparableStatement(
      ['uuid', 'integer', 'integer'],
      (id, attempts, leaseSeconds) => `
        UPDATE ${table} SET
          ${column('attempts')} = ${column('attempts')} + 1,
          ${column('nextAttemptAt')} = now() + ${leaseSeconds} * interval '1 second'
        WHERE ${column('id')} = (
          SELECT ${column('id')} FROM ${table}
          WHERE ${column('id')} = ${id}
            AND ${column('status')} = 'received' AND ${column('attempts')} = ${attempts}
          FOR UPDATE SKIP LOCKED)
        RETURNING ${COMMIT_WITHOUT_FLUSH}`,
    );
    this.take = new PreparableStatement(
      ['uuid', 'integer', 'text'],
      (id, attempts, timeout) => `
        SELECT
          set_config('statement_timeout', ${timeout}, true),
          set_config('idle_in_transaction_session_timeout', ${timeout}, true)
        FROM ${table}
        WHERE ${column('id')} = ${id}
          AND ${column('status')} = 'received' AND ${column('attempts')} = ${attempts}
        FOR UPDATE SKIP LOCKED`,
    );
    this.complete = new PreparableStatement(
      ['uuid', 'timestamptz'],
      (id, completedAt) => `
        UPDATE ${table} SET
          ${column('status')} = 'completed',
          ${column('completedAt')} = ${completedAt},
          ${column('nextAttemptAt')} = NULL,
          ${column('lastError')} = NULL
        WHERE ${column('id')} = ${id}`,
    );
  }

  /**
   * Counts the attempt and leases it, durably, regardless of its handlers, and locks the row.
   * @param attempt the row as it is once the attempt is counted
   * @param isCounted whether it is already counted
   * @returns whether the row is locked; not if another process has started an attempt, or another transaction holds it
   */
  async begin(
    connection: Connection,
    attempt: OssUpload,
    isCounted: boolean,
    { timeoutMs, leaseSeconds }: AttemptTimes,
  ): Promise<boolean> {
    const id = toUuid(attempt.id);
    const begin = async () => {
      const isPrepared = this.prepared.has(connection);
      const count = `
        START TRANSACTION ISOLATION LEVEL READ COMMITTED;
        ${this.count.call([id, attempt.attempts - 1, leaseSeconds], isPrepared)};
        COMMIT;`;
      const results = await connection.query(`
        ${isCounted ? '' : count}
        START TRANSACTION ISOLATION LEVEL READ COMMITTED;
        ${this.take.call([id, attempt.attempts, timeoutMs], isPrepared)};
        SAVEPOINT ${SAVEPOINT}`);
      return results.at(-2)?.rowCount === 1;
    };
    try {
      await this.prepare(connection);
      return await begin();
    } catch (error) {
      if (!isPreparationLost(error)) throw error;
      this.canPrepare = false;
      this.prepared.delete(connection);
      await connection.query('ROLLBACK');
      return begin();
    }
  }

  /** Fails if a handler swallowed a database error or ended the transaction. */
  async commit(connection: Connection, { id }: OssUpload, completedAt: Date): Promise<void> {
    const values = [toUuid(id), completedAt.toISOString()];
    await connection.query(`
      RELEASE SAVEPOINT ${SAVEPOINT};
      ${this.complete.call(values, this.prepared.has(connection))};
      COMMIT`);
  }

  private async prepare(connection: Connection): Promise<void> {
    if (!this.canPrepare || this.prepared.has(connection)) return;
    const statements = [this.count, this.take, this.complete];
    await connection.query(statements.map(({ definition }) => definition).join(';\n'));
    this.prepared.add(connection);
  }
}

/** A statement with its values inlined as literals: bound parameters would need one message per statement. */
class PreparableStatement {
  readonly definition: string;
  private readonly name: string;

  constructor(
    types: readonly string[],
    private readonly write: (...values: string[]) => string,
  ) {
    const text = write(...types.map((_, index) => `$${index + 1}`));
    this.name = preparedName(text);
    this.definition = `PREPARE ${this.name} (${types.join(', ')}) AS ${text}`;
  }

  call(values: readonly (string | number)[], isPrepared: boolean): string {
    const literals = values.map((value) => `'${value}'`);
    return isPrepared ? `EXECUTE ${this.name}(${literals.join(', ')})` : this.write(...literals);
  }
}

/** The UUID is inlined in a statement without escaping. */
function toUuid(id: string): string {
  if (/^[0-9a-f-]{36}$/i.test(id)) return id;
  throw new Error(`${JSON.stringify(id)} is not a UUID`);
}
