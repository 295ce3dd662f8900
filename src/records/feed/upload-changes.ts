import { type DataSource, In } from 'typeorm';
import { EntitySql } from '../../database/entity-sql.js';
import { OssUpload } from '../../database/oss-upload.entity.js';
import { SqlParameters } from '../../database/sql-parameters.js';
import { UPLOAD_STATUSES } from '../queries/upload-filter.js';

/** The changes since the previous poll. */
export interface UploadChanges {
  /** New and changed records as they are now, the earliest received first. */
  uploads: OssUpload[];
  /** Whether there were more changes than these. */
  isIncomplete: boolean;
}

/** How many records one poll reads at most; a viewer could not follow more. */
const MAX_RECENT = 5_000;
const MAX_UNFINISHED = 1_000;
const MAX_UPLOADS = 500;

/** For records that become visible later than they were received, and for clocks that differ. */
const OVERLAP_MS = 15_000;

interface Version {
  id: string;
  /** Differs after each change of the row. */
  version: string;
  isFinished: boolean;
}

/**
 * Finds new and changed records by polling, which works for any number of processes and behind every pooler, and adds
 * no cost to writes. New records are found by the index on status and time; of those that are
 * not completed the latest are read again by id. A completed record no longer changes, except for `supersededEtag`.
 */
export class UploadChangeFinder {
  private versions: Map<string, Version> | undefined;
  /** When the last poll that succeeded began. */
  private polledAt = Date.now();
  private readonly names: EntitySql<OssUpload>;

  constructor(private readonly dataSource: DataSource) {
    this.names = new EntitySql(dataSource, OssUpload);
  }

  /** The first call finds nothing: existing records are not new. */
  async poll(): Promise<UploadChanges> {
    const startedAt = Date.now();
    const known = this.versions;
    const found = await this.readVersions(new Date(this.polledAt - OVERLAP_MS), known);
    const changed = known
      ? found.filter(({ id, version }) => known.get(id)?.version !== version)
      : [];
    const ids = changed.slice(0, MAX_UPLOADS).map(({ id }) => id);
    const uploads =
      ids.length === 0
        ? []
        : await this.dataSource.manager.find(OssUpload, {
            where: { id: In(ids) },
            order: { receivedAt: 'ASC', id: 'ASC' },
          });
    this.versions = new Map(found.map((each) => [each.id, each]));
    this.polledAt = startedAt;
    const isIncomplete =
      known !== undefined && (changed.length > MAX_UPLOADS || found.length >= MAX_RECENT);
    return { uploads, isIncomplete };
  }

  /** The latest first. */
  private readVersions(since: Date, known?: Map<string, Version>): Promise<Version[]> {
    const { names } = this;
    const parameters = new SqlParameters();
    const [id, status, receivedAt] = (['id', 'status', 'receivedAt'] as const).map((name) =>
      names.column(name),
    );
    const from = parameters.add(since);
    const columns = `${id} AS id, ${receivedAt} AS received_at, xmin::text AS version, ${status} = 'completed' AS "isFinished"`;
    const latest = (conditions: string, limit: number) =>
      `(SELECT ${columns} FROM ${names.table} WHERE ${conditions} ORDER BY ${receivedAt} DESC LIMIT ${limit})`;
    const branches = UPLOAD_STATUSES.map((each) =>
      latest(`${status} = ${parameters.add(each)} AND ${receivedAt} >= ${from}`, MAX_RECENT),
    );
    if (known) {
      branches.push(latest(`${id} = ANY(${parameters.add(unfinishedOf(known))})`, MAX_UNFINISHED));
    } else {
      for (const each of UPLOAD_STATUSES.filter((name) => name !== 'completed')) {
        branches.push(latest(`${status} = ${parameters.add(each)}`, MAX_UNFINISHED));
      }
    }
    return this.dataSource.query<Version[]>(
      `SELECT id, version, "isFinished" FROM (${branches.join(' UNION ')}) AS found
      ORDER BY received_at DESC, id DESC LIMIT ${MAX_RECENT}`,
      parameters.values,
    );
  }
}

/** A Map keeps its insertion order: the latest first. */
function unfinishedOf(versions: Map<string, Version>): string[] {
  return [...versions.values()]
    .filter(({ isFinished }) => !isFinished)
    .slice(0, MAX_UNFINISHED)
    .map(({ id }) => id);
}
