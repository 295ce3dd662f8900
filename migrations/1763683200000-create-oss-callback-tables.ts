import {
  type DataSource,
  type EntityMetadata,
  type MigrationInterface,
  type QueryRunner,
  Table,
  TableColumn,
  TableIndex,
} from 'typeorm';

/** Property, type, and whether it may be empty. The names in the database come from the host's metadata. */
type ColumnPlan = readonly [property: string, type: string, nullable?: 'nullable'];

interface TablePlan {
  /** The name that the entity gives its table. It identifies the entity: bundlers rename classes. */
  table: string;
  columns: readonly ColumnPlan[];
  indices: readonly { properties: readonly string[]; unique?: true }[];
}

const TIME = 'timestamp with time zone';

const UPLOADS: TablePlan = {
  table: 'oss_uploads',
  columns: [
    ['id', 'uuid'],
    ['identity', 'text'],
    ['bucket', 'text'],
    ['object', 'text'],
    ['etag', 'text', 'nullable'],
    ['size', 'bigint', 'nullable'],
    ['mimeType', 'text', 'nullable'],
    ['crc64', 'text', 'nullable'],
    ['contentMd5', 'text', 'nullable'],
    ['versionId', 'text', 'nullable'],
    ['lastModified', TIME, 'nullable'],
    ['imageWidth', 'integer', 'nullable'],
    ['imageHeight', 'integer', 'nullable'],
    ['imageFormat', 'text', 'nullable'],
    ['clientIp', 'text', 'nullable'],
    ['vpcId', 'text', 'nullable'],
    ['requestId', 'text', 'nullable'],
    ['operation', 'text', 'nullable'],
    ['owner', 'text', 'nullable'],
    ['variables', 'jsonb'],
    ['source', 'text'],
    ['status', 'text'],
    ['attempts', 'integer'],
    ['nextAttemptAt', TIME, 'nullable'],
    ['lastError', 'text', 'nullable'],
    ['confirmedAt', TIME, 'nullable'],
    ['ticketed', 'boolean'],
    ['publicKeyFingerprint', 'text', 'nullable'],
    ['supersededEtag', 'text', 'nullable'],
    ['receivedAt', TIME],
    ['completedAt', TIME, 'nullable'],
  ],
  indices: [
    { properties: ['identity'], unique: true },
    { properties: ['owner', 'receivedAt'] },
    { properties: ['object', 'receivedAt'] },
    { properties: ['status', 'receivedAt'] },
  ],
};

const TICKETS: TablePlan = {
  table: 'oss_upload_tickets',
  columns: [
    ['id', 'uuid'],
    ['bucket', 'text'],
    ['object', 'text'],
    ['owner', 'text', 'nullable'],
    ['variables', 'jsonb'],
    ['minSizeBytes', 'bigint'],
    ['maxSizeBytes', 'bigint', 'nullable'],
    ['contentTypes', 'jsonb'],
    ['objectOptions', 'jsonb', 'nullable'],
    ['operation', 'text'],
    ['uploadIdPinned', 'boolean'],
    ['status', 'text'],
    ['createdAt', TIME],
    ['expiresAt', TIME],
    ['acceptUntil', TIME],
    ['nextLookupAt', TIME, 'nullable'],
    ['closedAt', TIME, 'nullable'],
  ],
  indices: [
    { properties: ['status', 'expiresAt'] },
    { properties: ['status', 'nextLookupAt'] },
    { properties: ['bucket', 'object'] },
  ],
};

const REJECTIONS: TablePlan = {
  table: 'oss_callback_rejections',
  columns: [
    ['id', 'uuid'],
    ['rejectedAt', TIME],
    ['code', 'text'],
    ['reason', 'text'],
    ['signed', 'boolean'],
    ['occurrences', 'integer'],
    ['path', 'text'],
    ['publicKeyUrl', 'text', 'nullable'],
    ['remoteAddress', 'text', 'nullable'],
    ['bodyDigest', 'text', 'nullable'],
    ['bodyBytes', 'integer'],
    ['uploadId', 'uuid', 'nullable'],
  ],
  indices: [{ properties: ['rejectedAt'] }, { properties: ['signed', 'id'] }],
};

const TABLES = [UPLOADS, TICKETS, REJECTIONS];

/**
 * The tables of nestjs-oss-callback. Their names follow the DataSource they run on: prefix, schema and naming
 * strategy of the host count.
 */
export class CreateOssCallbackTables1763683200000 implements MigrationInterface {
  readonly name = 'CreateOssCallbackTables1763683200000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const plan of TABLES) {
      const metadata = metadataOf(queryRunner, plan.table);
      const table = toTable(plan, metadata, queryRunner);
      if (await exists(table, queryRunner)) await takeOver(table, metadata, queryRunner);
      else await queryRunner.createTable(table);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const plan of TABLES.toReversed()) {
      await queryRunner.dropTable(metadataOf(queryRunner, plan.table).tablePath);
    }
  }
}

/** The database has something else under the name of a table. */
export class UnfitTableError extends Error {
  constructor(table: string, problem: string) {
    super(
      `The table ${table} exists and is not the one of nestjs-oss-callback: ${problem}. If it is a table of the app's own, give the DataSource an "entityPrefix" or "schema" under which the name is free; otherwise rename or drop it.`,
    );
    this.name = 'UnfitTableError';
  }
}

async function exists({ name }: Table, queryRunner: QueryRunner): Promise<boolean> {
  const quoted = name.split('.').map((part) => dataSourceOf(queryRunner).driver.escape(part));
  const [row] = (await queryRunner.query('SELECT to_regclass($1) AS found', [
    quoted.join('.'),
  ])) as { found: string | null }[];
  return row?.found != null;
}

/** Keeps a table that `synchronize` has created from the entity. */
async function takeOver(
  planned: Table,
  metadata: EntityMetadata,
  queryRunner: QueryRunner,
): Promise<void> {
  const found = await queryRunner.getTable(planned.name);
  const problem = found
    ? findProblem(found, planned, metadata)
    : 'it is no table, or this role has no rights to it';
  if (!found || problem !== undefined) throw new UnfitTableError(planned.name, problem!);
  const names = new Set(found.indices.map(({ name }) => name));
  const missing = planned.indices.filter(({ name }) => !names.has(name));
  await queryRunner.createIndices(found, missing);
}

function findProblem(found: Table, planned: Table, metadata: EntityMetadata): string | undefined {
  for (const column of planned.columns) {
    const other = found.findColumnByName(column.name);
    if (!other) return `it has no column ${column.name}`;
    if (describeColumn(other) !== describeColumn(column)) {
      return `its column ${column.name} is ${describeColumn(other)}, not ${describeColumn(column)}`;
    }
  }
  const known = new Set(metadata.columns.map(({ databaseName }) => databaseName));
  const required = found.columns.find(
    (column) => !known.has(column.name) && !column.isNullable && column.default == null,
  );
  return required && `its column ${required.name} needs a value`;
}

function describeColumn({ type, isPrimary, isNullable }: TableColumn): string {
  return `${type} ${isPrimary ? 'PRIMARY KEY' : isNullable ? 'NULL' : 'NOT NULL'}`;
}

function toTable(plan: TablePlan, metadata: EntityMetadata, queryRunner: QueryRunner): Table {
  const strategy = dataSourceOf(queryRunner).namingStrategy;
  const nameOf = (property: string): string =>
    metadata.findColumnWithPropertyName(property)?.databaseName ?? property;
  return new Table({
    name: metadata.tablePath,
    columns: plan.columns.map(
      ([property, type, nullable]) =>
        new TableColumn({
          name: nameOf(property),
          type,
          isNullable: nullable === 'nullable',
          isPrimary: property === 'id',
          primaryKeyConstraintName:
            property === 'id'
              ? strategy.primaryKeyName(metadata.tablePath, [nameOf('id')])
              : undefined,
        }),
    ),
    indices: plan.indices.map(({ properties, unique }) => {
      const columnNames = properties.map(nameOf);
      const declared = metadata.indices.find(
        (index) => index.columns.map((column) => column.databaseName).join() === columnNames.join(),
      );
      return new TableIndex({
        name: declared?.name ?? strategy.indexName(metadata.tablePath, columnNames),
        columnNames,
        isUnique: unique ?? false,
      });
    }),
  });
}

function metadataOf(queryRunner: QueryRunner, table: string): EntityMetadata {
  const metadata = dataSourceOf(queryRunner).entityMetadatas.find(
    ({ givenTableName }) => givenTableName === table,
  );
  if (!metadata) {
    throw new Error(
      `The entity of the table ${table} is not in this DataSource. Add ...ossCallbackEntities to its entities.`,
    );
  }
  return metadata;
}

/** TypeORM 0.3 calls it `connection`. */
function dataSourceOf(queryRunner: QueryRunner): DataSource {
  const { dataSource, connection } = queryRunner as Partial<
    Pick<QueryRunner, 'dataSource' | 'connection'>
  >;
  return (dataSource ?? connection)!;
}
