import type { DataSource, EntityMetadata, EntityTarget, ObjectLiteral } from 'typeorm';
import { Batches } from '../common/batches.js';
import { insertChannel, publish } from '../common/channels.js';
import { withConnection } from './connection.js';
import { nameOfEntity } from './entities.js';
import { isConflict, isPreparationLost } from './database-error.js';
import { EntitySql, preparedName } from './entity-sql.js';
import { isolateRefused } from './isolate-refused.js';

const MAX_ROWS = 500;
/** How many rows may wait: an unavailable database must not fill the memory. */
const MAX_WAITING = 10_000;
/** The time limit of a statement, since later ones wait for it; OSS waits no longer either. */
const TIMEOUT_MS = 5_000;
/** How often a batch is sent if it conflicts with a concurrent one. */
const MAX_ATTEMPTS = 5;
/** Column types whose values are sent as they are. */
const PLAIN_TYPES = new Set(['uuid', 'text', 'integer', 'boolean', 'timestamp with time zone']);

interface Waiting<Entity> {
  row: Entity;
  resolve: (isNew: boolean) => void;
  reject: (error: unknown) => void;
}

/**
 * Inserts rows into one table. Rows that arrive while a statement is running share the next one; a single row does not
 * wait for others. Rows are sorted by their key, so that statements of several processes cannot deadlock.
 */
export class BatchedInsert<Entity extends ObjectLiteral> {
  private readonly sql: EntitySql<Entity>;
  private readonly batches = new Batches<Waiting<Entity>>(MAX_ROWS, (batch) => this.send(batch));
  private prepared: Statements<Entity> | undefined;
  /** Whether statements are prepared once per connection; some connection poolers do not support that. */
  private canPrepare = true;

  /** @param key the property of the unique index that decides which rows are the same */
  constructor(
    private readonly dataSource: DataSource,
    private readonly entity: EntityTarget<Entity>,
    private readonly key: keyof Entity & string,
  ) {
    this.sql = new EntitySql(dataSource, entity);
  }

  /**
   * Resolves when this row, or another with the same key, is durable.
   * @returns whether this row was inserted
   * @throws what the database throws
   */
  insert(row: Entity): Promise<boolean> {
    if (this.batches.waiting.length >= MAX_WAITING) {
      return Promise.reject(new Error(`${MAX_WAITING} rows are already waiting for the database`));
    }
    return new Promise((resolve, reject) => this.batches.add({ row, resolve, reject }));
  }

  private async send(batch: Waiting<Entity>[]): Promise<void> {
    try {
      await isolateRefused(
        batch,
        (some) => this.sendTogether(some),
        ({ reject }, error) => reject(error),
      );
    } catch (error) {
      for (const { reject } of batch) reject(error); // of no effect on those that are done
    }
  }

  private async sendTogether(batch: readonly Waiting<Entity>[]): Promise<void> {
    const groups = groupBy(batch, ({ row }) => row[this.key] as string);
    const inserted = await this.insertAll([...groups.values()].map(([one]) => one!.row));
    for (const [key, same] of groups) {
      for (const [index, { resolve }] of same.entries()) {
        resolve(index === 0 && inserted.has(key));
      }
    }
  }

  /** @returns the keys of the rows that are new */
  private async insertAll(rows: readonly Entity[]): Promise<Set<unknown>> {
    const { one, many, values: valuesOf } = (this.prepared ??= this.prepare());
    const [only] = rows;
    const isAlone = rows.length === 1;
    const statement = isAlone ? one : many;
    const values = valuesOf.map((of) => (isAlone ? of(only!) : rows.map(of)));
    for (let attempt = 1; ; attempt += 1) {
      try {
        const result = await withConnection(
          this.dataSource.createQueryRunner(),
          { timeoutMs: TIMEOUT_MS, onTimeout: () => new Error('the database did not respond') },
          (connection) =>
            connection.query({
              text: statement.text,
              values,
              ...(this.canPrepare ? { name: statement.name } : {}),
            }),
        );
        publish(insertChannel, () => ({ entity: nameOfEntity(this.entity), rows: rows.length }));
        return new Set(result.rows.map(({ key }) => key));
      } catch (error) {
        if (this.canPrepare && isPreparationLost(error)) this.canPrepare = false;
        else if (attempt === MAX_ATTEMPTS || !isConflict(error)) throw error;
      }
    }
  }

  private prepare(): Statements<Entity> {
    const { columns }: EntityMetadata = this.dataSource.getMetadata(this.entity);
    const { driver } = this.dataSource;
    const values = columns.map((column) => {
      const { propertyName } = column;
      const isPlain = !column.transformer && PLAIN_TYPES.has(driver.normalizeType(column));
      return (row: Entity): unknown =>
        isPlain
          ? row[propertyName]
          : (driver.preparePersistentValue(row[propertyName], column) as unknown);
    });
    const names = columns.map(({ propertyName }) => this.sql.column(propertyName)).join(', ');
    const types = columns.map((column) => driver.normalizeType(column));
    const arrays = types.map((type, index) => `$${index + 1}::${arrayElementOf(type)}[]`);
    const selected = types.map((type, index) =>
      arrayElementOf(type) === type ? `c${index}` : `c${index}::${type}`,
    );
    const insert = `INSERT INTO ${this.sql.table} (${names})`;
    const conflict = `ON CONFLICT DO NOTHING RETURNING ${this.sql.column(this.key)} AS key`;
    return {
      values,
      one: named(
        `${insert} VALUES (${types.map((_, index) => `$${index + 1}`).join(', ')}) ${conflict}`,
      ),
      many: named(`
        ${insert}
        SELECT ${selected.join(', ')}
        FROM unnest(${arrays.join(', ')}) AS given (${types.map((_, index) => `c${index}`).join(', ')})
        ORDER BY c${columns.findIndex(({ propertyName }) => propertyName === this.key)}
        ${conflict}`),
    };
  }
}

interface Statements<Entity> {
  /** One function per parameter: the value of a row as the database accepts it. */
  values: readonly ((row: Entity) => unknown)[];
  /** For a single row, which is cheaper. */
  one: NamedStatement;
  /** For any number of rows: each parameter is an array. */
  many: NamedStatement;
}

interface NamedStatement {
  text: string;
  name: string;
}

function named(text: string): NamedStatement {
  return { text, name: preparedName(text) };
}

/** JSON is sent as text: within an array parameter its braces would be parsed as array syntax. */
function arrayElementOf(type: string): string {
  return type === 'jsonb' || type === 'json' ? 'text' : type;
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
