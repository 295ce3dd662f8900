import { createHash } from 'node:crypto';
import type { DataSource, EntityMetadata, EntityTarget, ObjectLiteral } from 'typeorm';
import { withConnection } from './connection.js';

/**
 * SQL names of an entity, and entities from rows, for statements that a query builder cannot express. They follow the
 * app's table prefix, schema and naming strategy.
 */
export class EntitySql<Entity extends ObjectLiteral> {
  constructor(
    private readonly dataSource: DataSource,
    private readonly entity: EntityTarget<Entity>,
  ) {}

  /** Quoted, with its schema. */
  get table(): string {
    return this.metadata.tablePath.split('.').map(quote).join('.');
  }

  /** The quoted name of a property's column. */
  column(property: keyof Entity & string): string {
    return quote(this.columnOf(property).databaseName);
  }

  /** @param row column names to values, as `RETURNING *` and `SELECT *` return them */
  toEntity(row: Record<string, unknown>): Entity {
    const entity = this.metadata.create() as Entity;
    for (const column of this.metadata.columns) {
      column.setEntityValue(
        entity,
        this.dataSource.driver.prepareHydratedValue(row[column.databaseName], column),
      );
    }
    return entity;
  }

  /** Reads from the primary, so that the latest writes are visible; the EntityManager might read from a replica. */
  async findBy(property: keyof Entity & string, values: readonly unknown[]): Promise<Entity[]> {
    if (values.length === 0) return [];
    const rows = (await this.dataSource.query(
      `SELECT * FROM ${this.table} WHERE ${this.column(property)} = ANY ($1)`,
      [values],
    )) as Record<string, unknown>[];
    return rows.map((row) => this.toEntity(row));
  }

  /** As {@link findBy}, for a unique property. */
  async findOneBy(property: keyof Entity & string, value: unknown): Promise<Entity | undefined> {
    const [entity] = await this.findBy(property, [value]);
    return entity;
  }

  private get metadata(): EntityMetadata {
    return this.dataSource.getMetadata(this.entity);
  }

  private columnOf(property: string) {
    const column = this.metadata.findColumnWithPropertyName(property);
    if (column) return column;
    throw new Error(`${this.metadata.name} has no property ${property}`);
  }
}

/** A connection that does not respond must not block background work forever. */
const TIMEOUT_MS = 30_000;

/** The rows of an UPDATE or DELETE with `RETURNING *`. */
export async function queryReturning(
  dataSource: DataSource,
  text: string,
  values: unknown[],
): Promise<Record<string, unknown>[]> {
  const [rows] = await queryInTime<[Record<string, unknown>[], number]>(dataSource, text, values);
  return rows;
}

/** The rows of a SELECT, read from the primary and never from a replica. */
export function selectRows<Row extends object = Record<string, unknown>>(
  dataSource: DataSource,
  text: string,
  values: unknown[],
): Promise<Row[]> {
  return queryInTime(dataSource, text, values);
}

function queryInTime<Result>(
  dataSource: DataSource,
  text: string,
  values: unknown[],
): Promise<Result> {
  const onTimeout = () => new Error(`the database did not respond within ${TIMEOUT_MS / 1_000} s`);
  const runner = dataSource.createQueryRunner();
  return withConnection(
    runner,
    { timeoutMs: TIMEOUT_MS, onTimeout },
    async () => (await runner.query(text, values)) as Result,
  );
}

/** A prepared statement's name, which depends on its text alone. */
export function preparedName(text: string): string {
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return `oss_callback_${digest}`;
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
