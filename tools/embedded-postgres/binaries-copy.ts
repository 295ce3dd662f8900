import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

const PARTS = ['bin', 'lib', 'share'];

/**
 * Copies the binaries to a folder below `parent`, complete with their symbolic links and readable
 * by all, and returns it. A copy is made once for each version and used again.
 */
export function copyBinaries(native: string, parent: string): string {
  const copy = join(parent, copyName(native));
  if (isOurs(copy)) {
    // Systems that clean their temporary folder by age may have taken single files out.
    if (!isComplete(native, copy)) fill(native, copy);
    return copy;
  }

  const partial = mkdtempSync(`${copy}-`);
  try {
    fill(native, partial);
    // The final name appears at once or not at all, so half a copy is never run.
    renameSync(partial, copy);
    return copy;
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    if (isOurs(copy)) return copy; // another process was faster
    throw error;
  }
}

function fill(native: string, copy: string): void {
  for (const part of PARTS) {
    cpSync(join(native, part), join(copy, part), {
      recursive: true,
      verbatimSymlinks: true,
      force: false,
      filter: isNeeded,
    });
  }
  makeLinks(native, copy);
  openForReading(copy);
}

function isComplete(native: string, copy: string): boolean {
  const files = (folder: string) =>
    PARTS.flatMap((part) => readdirSync(join(folder, part), { recursive: true, encoding: 'utf8' }));
  const present = new Set(files(copy));
  return files(native).every((file) => present.has(file) || !isNeeded(file));
}

/** Static libraries are for those who compile against PostgreSQL. */
function isNeeded(path: string): boolean {
  return !path.endsWith('.a');
}

function copyName(native: string): string {
  const manifest = JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8')) as {
    name: string;
    version: string;
  };
  const user = process.getuid?.() ?? 'user';
  return `nestjs-oss-callback-binaries-${basename(manifest.name)}-${manifest.version}-${user}`;
}

/** The name can be guessed, so a folder that another user could have filled is not trusted. */
function isOurs(folder: string): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (!found) return false;
  if (!found.isDirectory() || (process.getuid && found.uid !== process.getuid())) {
    throw new Error(`${folder} belongs to another user`);
  }
  if (process.platform !== 'win32' && (found.mode & 0o022) !== 0) {
    throw new Error(`${folder} can be written to by others`);
  }
  return true;
}

function makeLinks(native: string, copy: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(copy, target.replace(/^native\//, ''));
    // All links point to a neighbour, and relative ones survive the renaming.
    if (dirname(source) !== dirname(target)) throw new Error(`unexpected link ${target}`);
    if (!existsSync(link)) symlinkSync(basename(source), link);
  }
}

function openForReading(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) openForReading(path);
    else if (entry.isFile()) chmodSync(path, 0o755);
  }
}
