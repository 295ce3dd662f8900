import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ModuleSystem } from './versions.js';

/** Writes the package.json of an app, into a folder that may be new. */
export function writeManifest(
  folder: string,
  dependencies: Record<string, string>,
  modules: ModuleSystem = 'CommonJS',
): void {
  mkdirSync(folder, { recursive: true });
  const type = modules === 'ESM' ? 'module' : 'commonjs';
  writeFileSync(join(folder, 'package.json'), toJson({ private: true, type, dependencies }));
}

export function toJson(value: object): string {
  return JSON.stringify(value, null, 2);
}
