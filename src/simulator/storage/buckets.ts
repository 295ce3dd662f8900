import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Semaphore } from '../../common/semaphore.js';
import type { BucketAcl, SimulatorBucket } from '../options.js';
import { isBucketName } from '../server/resource.js';
import { writeFileAtomically } from './files.js';

/** An existing bucket. */
export interface Bucket extends SimulatorBucket {
  name: string;
  acl: BucketAcl;
  createdAt: Date;
  storageClass: string;
}

/** What PutBucket and PutBucketAcl have set. */
interface BucketChange {
  acl: BucketAcl;
  createdAt: Date;
  storageClass: string;
}

const FILE_NAME = 'buckets.json';

/** The declared buckets and those that clients created. If none are declared, every valid name exists. */
export class SimulatorBuckets {
  readonly #declared: Readonly<Record<string, SimulatorBucket>> | undefined;
  /** What a bucket has that says nothing else. */
  readonly #byDefault: Omit<Bucket, 'name'>;
  readonly #path: string | undefined;
  readonly #changes = new Map<string, BucketChange>();
  readonly #writes = new Semaphore(1);

  constructor(settings: {
    declared: Readonly<Record<string, SimulatorBucket>> | undefined;
    /** Of buckets that name none. */
    region: string | undefined;
    dataDirectory: string | undefined;
    createdAt: Date;
  }) {
    this.#declared = settings.declared;
    this.#byDefault = {
      acl: 'private',
      createdAt: settings.createdAt,
      storageClass: 'Standard',
      region: settings.region,
    };
    this.#path = settings.dataDirectory && join(settings.dataDirectory, FILE_NAME);
  }

  get(name: string): Bucket | undefined {
    const change = this.#changes.get(name);
    const declared = this.#declaredAs(name);
    if (!change && !declared) return undefined;
    return { ...this.#byDefault, ...declared, ...change, name };
  }

  /**
   * The declared buckets and those that clients created, sorted by name.
   * @param used names of buckets that hold something, since every valid name exists if none are declared
   */
  list(used: readonly string[]): Bucket[] {
    const names = [...Object.keys(this.#declared ?? {}), ...this.#changes.keys(), ...used];
    return [...new Set(names)].toSorted().flatMap((name) => this.get(name) ?? []);
  }

  /** Creates a bucket, or changes its ACL. */
  async put(
    name: string,
    { acl, storageClass }: { acl?: BucketAcl; storageClass?: string },
    now: Date,
  ): Promise<void> {
    const before = this.get(name);
    this.#changes.set(name, {
      acl: acl ?? before?.acl ?? 'private',
      storageClass: before?.storageClass ?? storageClass ?? 'Standard',
      createdAt: before?.createdAt ?? now,
    });
    await this.#save();
  }

  /** Loads the buckets that clients created in an earlier run. Declared settings take precedence. */
  async load(): Promise<void> {
    if (this.#path === undefined || this.#changes.size > 0) return;
    const json = await readFile(this.#path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '{}';
      throw error;
    });
    for (const [name, kept] of Object.entries(JSON.parse(json) as Record<string, BucketChange>)) {
      if (!isBucketName(name)) continue;
      const acl = this.#declaredAs(name)?.acl ?? kept.acl;
      this.#changes.set(name, { ...kept, acl, createdAt: new Date(kept.createdAt) });
    }
  }

  #declaredAs(name: string): SimulatorBucket | undefined {
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
