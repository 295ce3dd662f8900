import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from './installed-package.js';

/** What the manifest must not ask of an app, and what it promises that must be there. */
export function checkManifest(manifest: Manifest, installed: string, licenses: string): string[] {
  const problems: string[] = [];
  for (const script of ['preinstall', 'install', 'postinstall', 'prepare']) {
    if (manifest.scripts?.[script]) problems.push(`the script "${script}" would run at install`);
  }

  const asked = {
    ...manifest.dependencies,
    ...manifest.optionalDependencies,
    ...manifest.peerDependencies,
  };
  for (const name of Object.keys(asked)) {
    if (licenses.includes(`\n${name} `)) {
      problems.push(`${name} is bundled with the simulator, so apps need not install it`);
    }
  }

  for (const [name, file] of Object.entries(manifest.bin ?? {})) {
    const path = join(installed, file);
    if (!existsSync(path)) problems.push(`the bin ${name} is missing: ${file}`);
    else if (!readFileSync(path, 'utf8').startsWith('#!/usr/bin/env node')) {
      problems.push(`the bin ${name} does not start with #!/usr/bin/env node`);
    }
  }
  return problems;
}
