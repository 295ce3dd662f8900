import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';

/** Writes beside the path and renames, so that a reader sees the old file or the new one, never half of one. */
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

/** Writes files one after the other, in the order in which they are asked for. */
export class WriteQueue {
  #last: Promise<unknown> = Promise.resolve();

  run<Result>(write: () => Promise<Result>): Promise<Result> {
    const written = this.#last.then(write);
    this.#last = written.catch(() => undefined);
    return written;
  }
}
