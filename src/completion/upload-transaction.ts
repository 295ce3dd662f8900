import { type DataSource, TransactionNotStartedError } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { PostgresQueryRunner } from 'typeorm/driver/postgres/PostgresQueryRunner.js';
import type { Connection } from '../database/connection.js';
import type { OssUpload } from '../database/oss-upload.entity.js';
import type {
  AttemptTimes,
  HandlerTransactionStatements,
} from './handler-transaction-statements.js';

/**
 * A query runner whose transaction locks an upload's row when it begins and completes the upload when it commits, in
 * one message each, where TypeORM would send each statement separately. To handlers it is an ordinary transaction:
 * nested ones become savepoints, and the app's subscribers are notified.
 */
export class UploadTransaction extends PostgresQueryRunner {
  constructor(
    dataSource: DataSource,
    private readonly statements: HandlerTransactionStatements,
  ) {
    super(dataSource.driver as PostgresDriver, 'master');
    Object.assign(this, { manager: dataSource.createEntityManager(this) });
  }

  /** @returns as {@link HandlerTransactionStatements.begin} */
  async begin(
    connection: Connection,
    attempt: OssUpload,
    isCounted: boolean,
    times: AttemptTimes,
  ): Promise<boolean> {
    this.isTransactionActive = true;
    await this.broadcaster.broadcast('BeforeTransactionStart');
    const isTaken = await this.statements.begin(connection, attempt, isCounted, times);
    this.transactionDepth = 1;
    await this.broadcaster.broadcast('AfterTransactionStart');
    return isTaken;
  }

  /** @throws Error if a handler ended this transaction, left one of its own open, or swallowed a database error */
  async complete(connection: Connection, upload: OssUpload, completedAt: Date): Promise<void> {
    if (!this.isTransactionActive) throw new TransactionNotStartedError();
    if (this.transactionDepth > 1) {
      throw new Error('a handler left a transaction of its own open: await manager.transaction()');
    }
    await this.broadcaster.broadcast('BeforeTransactionCommit');
    await this.statements.commit(connection, upload, completedAt);
    this.transactionDepth = 0;
    this.isTransactionActive = false;
    await this.broadcaster.broadcast('AfterTransactionCommit');
  }
}
