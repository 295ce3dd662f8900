import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';

/** Writes a temporary file and renames it, so that readers see either the old or the new content. */
export async function writeFileAtomically(
  path: string,
  data: string | Buffer,
  mode = 0o644,
): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, data, { mode, flag: 'wx' });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Runs writes one after the other, in the order of the calls. */
export class WriteQueue {
  #last: Promise<unknown> = Promise.resolve();

  run<Result>(write: () => Promise<Result>): Promise<Result> {
    const written = this.#last.then(write);
    this.#last = written.catch(() => undefined);
    return written;
  }
}
