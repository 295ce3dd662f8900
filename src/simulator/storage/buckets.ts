import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Semaphore } from '../../common/semaphore.js';
import type { BucketAcl, SimulatorBucket } from '../options.js';
import { isBucketName } from '../server/resource.js';
import type { CorsRules } from './cors-rules.js';
import { writeFileAtomically } from './files.js';
import type { Versioning } from './object-versions.js';

/** An existing bucket. */
export interface Bucket
  extends Omit<SimulatorBucket, 'versioned' | keyof BucketSettings>, BucketSettings {
  name: string;
  createdAt: Date;
  /** Whether it was declared, or created by a client. Otherwise it exists because every name does. */
  isMade: boolean;
}

/** What clients can set. */
export interface BucketSettings {
  acl: BucketAcl;
  storageClass: string;
  /** Unset if it was never versioned. */
  versioning?: Versioning;
  cors?: CorsRules | undefined;
  tags?: readonly (readonly [key: string, value: string])[] | undefined;
  /** `LRS` or `ZRS`. */
  dataRedundancyType: string;
}

type KeptBucket = BucketSettings & { createdAt: Date };

const FILE_NAME = 'buckets.json';

/** The declared buckets and those that clients created. If none are declared, every valid name exists. */
export class SimulatorBuckets {
  readonly #declared: Readonly<Record<string, SimulatorBucket>> | undefined;
  /** The settings of a bucket that specifies none. */
  readonly #byDefault: Omit<Bucket, 'name' | 'isMade'>;
  readonly #path: string | undefined;
  readonly #changes = new Map<string, KeptBucket>();
  /** Names of deleted buckets that exist without having been created. */
  readonly #deleted = new Set<string>();
  readonly #writes = new Semaphore(1);

  constructor(settings: {
    declared: Readonly<Record<string, SimulatorBucket>> | undefined;
    /** The region of buckets that name none. */
    region: string | undefined;
    dataDirectory: string | undefined;
    createdAt: Date;
  }) {
    this.#declared = settings.declared;
    this.#byDefault = {
      acl: 'private',
      createdAt: settings.createdAt,
      storageClass: 'Standard',
      dataRedundancyType: 'LRS',
      region: settings.region,
    };
    this.#path = settings.dataDirectory && join(settings.dataDirectory, FILE_NAME);
  }

  /** The region of buckets that clients create; any, if it is unset. */
  get region(): string | undefined {
    return this.#byDefault.region;
  }

  has(name: string): boolean {
    return this.#changes.has(name) || this.#declaredAs(name) !== undefined;
  }

  get(name: string): Bucket | undefined {
    const change = this.#changes.get(name);
    const declared = this.#declaredAs(name);
    if (!change && !declared) return undefined;
    const { versioned, ...settings } = declared ?? {};
    const versioning = versioned ? ({ versioning: 'Enabled' } as const) : {};
    const isMade = change !== undefined || this.#declared !== undefined;
    return { ...this.#byDefault, ...versioning, ...settings, ...change, name, isMade };
  }

  /**
   * The declared buckets and those that clients created, sorted by name.
   * @param used names of buckets that hold something, since every valid name exists if none are declared
   */
  list(used: readonly string[]): Bucket[] {
    const names = [...Object.keys(this.#declared ?? {}), ...this.#changes.keys(), ...used];
    return [...new Set(names)].toSorted().flatMap((name) => this.get(name) ?? []);
  }

  /** Creates a bucket, or changes its settings. */
  async put(name: string, changes: Partial<BucketSettings>, now: Date): Promise<void> {
    const { acl, storageClass, dataRedundancyType, versioning, cors, tags, createdAt } = this.get(
      name,
    ) ?? { ...this.#byDefault, createdAt: now };
    const settings = { acl, storageClass, dataRedundancyType, versioning, cors, tags };
    this.#deleted.delete(name);
    this.#changes.set(name, { ...settings, createdAt, ...changes });
    await this.#save();
  }

  /** Buckets that exist without having been created exist again after a restart. */
  async delete(name: string): Promise<void> {
    this.#changes.delete(name);
    this.#deleted.add(name);
    await this.#save();
  }

  /** Loads the buckets that clients created in an earlier run. Declared settings take precedence. */
  async load(): Promise<void> {
    if (this.#path === undefined || this.#changes.size > 0) return;
    const json = await readFile(this.#path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '{}';
      throw error;
    });
    for (const [name, kept] of Object.entries(JSON.parse(json) as Record<string, KeptBucket>)) {
      if (!isBucketName(name)) continue;
      const { acl = kept.acl, versioned } = this.#declaredAs(name) ?? {};
      const versioning = versioned ? 'Enabled' : kept.versioning;
      const createdAt = new Date(kept.createdAt);
      this.#changes.set(name, { ...kept, acl, versioning, createdAt });
    }
  }

  #declaredAs(name: string): SimulatorBucket | undefined {
    if (this.#deleted.has(name)) return undefined;
    if (this.#declared === undefined) return isBucketName(name) ? {} : undefined;
    return Object.hasOwn(this.#declared, name) ? this.#declared[name] : undefined;
  }

  async #save(): Promise<void> {
    const path = this.#path;
    if (path === undefined) return;
    const json = JSON.stringify(Object.fromEntries(this.#changes), null, 2);
    await this.#writes.run(async () => {
      await mkdir(dirname(path), { recursive: true });
      await writeFileAtomically(path, json);
    });
  }
}
