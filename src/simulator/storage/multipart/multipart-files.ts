import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Semaphore } from '../../../common/semaphore.js';
import type { Content } from '../content/content.js';
import { writeFileAtomically } from '../files.js';
import type { MultipartUpload, UploadedPart } from './multipart-upload.js';

const UPLOAD = 'upload.json';

/** Saves pending multipart uploads: a folder for each, with a file for the upload and one for each part. */
export class MultipartFiles {
  readonly #folder: string;
  /** Two uploads of one part must be saved in the order in which they arrived. */
  readonly #writes = new Semaphore(1);

  constructor(dataDirectory: string) {
    this.#folder = join(dataDirectory, 'uploads');
  }

  /** @param openContent finds the content of a part, if it still exists */
  async load(
    openContent: (name: string, sizeBytes: number) => Content | undefined,
  ): Promise<MultipartUpload[]> {
    await mkdir(this.#folder, { recursive: true });
    const uploads: MultipartUpload[] = [];
    for (const id of await readdir(this.#folder)) {
      const upload = /^[0-9A-F]{32}$/.test(id) ? await this.#read(id, openContent) : undefined;
      if (upload) uploads.push(upload);
      else await rm(join(this.#folder, id), { recursive: true, force: true });
    }
    return uploads;
  }

  begin({ parts: _parts, ...upload }: MultipartUpload): Promise<void> {
    return this.#writes.run(async () => {
      await mkdir(join(this.#folder, upload.id), { recursive: true });
      await writeFileAtomically(join(this.#folder, upload.id, UPLOAD), JSON.stringify(upload));
    });
  }

  savePart({ id }: MultipartUpload, { received, ...part }: UploadedPart): Promise<void> {
    const kept = {
      ...part,
      contentName: received.content.name,
      sizeBytes: received.sizeBytes,
      md5: received.md5.toString('hex'),
      crc64: received.crc64.toString(),
    };
    const path = join(this.#folder, id, `${part.number}.json`);
    return this.#writes.run(() => writeFileAtomically(path, JSON.stringify(kept)));
  }

  remove({ id }: MultipartUpload): Promise<void> {
    return this.#writes.run(() => rm(join(this.#folder, id), { recursive: true, force: true }));
  }

  async #read(
    id: string,
    openContent: (name: string, sizeBytes: number) => Content | undefined,
  ): Promise<MultipartUpload | undefined> {
    try {
      const folder = join(this.#folder, id);
      const upload = await readJson<Omit<MultipartUpload, 'parts'>>(join(folder, UPLOAD));
      const parts = new Map<number, UploadedPart>();
      for (const name of await readdir(folder)) {
        if (!/^\d{1,5}\.json$/.test(name)) continue;
        const { contentName, sizeBytes, md5, crc64, ...part } = await readJson<KeptPart>(
          join(folder, name),
        );
        const content = openContent(contentName, sizeBytes);
        if (!content) continue;
        parts.set(part.number, {
          ...part,
          uploadedAt: new Date(part.uploadedAt),
          received: { content, sizeBytes, md5: Buffer.from(md5, 'hex'), crc64: BigInt(crc64) },
        });
      }
      return { ...upload, id, initiatedAt: new Date(upload.initiatedAt), parts };
    } catch {
      return undefined; // the files may have been edited
    }
  }
}

interface KeptPart extends Omit<UploadedPart, 'received'> {
  contentName: string;
  sizeBytes: number;
  /** Hex. */
  md5: string;
  /** Decimal. */
  crc64: string;
}

async function readJson<Json>(path: string): Promise<Json> {
  return JSON.parse(await readFile(path, 'utf8')) as Json;
}
