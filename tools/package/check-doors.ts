import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { contract } from './contract.js';
import type { Manifest } from './installed-package.js';

interface Place {
  root: string;
  manifest: Manifest;
  app: string;
}

/** Imports every door in plain Node, and asks the compiler for every name of the contract. */
export function checkDoors(place: Place): string[] {
  const doors = Object.keys(place.manifest.exports);
  return [
    ...Object.keys(contract)
      .filter((door) => !doors.includes(door))
      .map((door) => `the package has no export "${door}"`),
    ...doors.flatMap((door) => checkImport(place, door)),
    ...checkTypes(place),
  ];
}

function checkImport({ manifest, app }: Place, door: string): string[] {
  const specifier = manifest.name + door.slice(1);
  const json = door.endsWith('.json') ? ", { with: { type: 'json' } }" : '';
  const script = `console.log(JSON.stringify(Object.keys(await import('${specifier}'${json}))))`;
  // Each door in a process of its own: one must not live on what another has loaded.
  const result = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: app,
    encoding: 'utf8',
  });
  if (result.status !== 0) return [`import '${specifier}' fails: ${result.stderr.trim()}`];

  const names = JSON.parse(result.stdout.trim().split('\n').at(-1)!) as string[];
  const expected = (contract as Record<string, { values: readonly string[] }>)[door]?.values ?? [];
  return expected
    .filter((name) => !names.includes(name))
    .map((name) => `'${specifier}' does not export ${name}`);
}

function checkTypes({ root, manifest, app }: Place): string[] {
  const lines = Object.entries(contract).map(
    ([door, { values, types }], index) =>
      `export type { ${[...values, ...types].map((name) => `${name} as ${name}${index}`).join(', ')} } from '${manifest.name + door.slice(1)}';`,
  );
  writeFileSync(join(app, 'names.ts'), lines.join('\n'));
  const compiler = createRequire(import.meta.url).resolve('typescript/lib/tsc.js');
  const typeRoots = join(root, 'node_modules/@types');
  // Like an app, it does not check the libraries themselves; attw follows their imports.
  const options =
    '--noEmit --strict --skipLibCheck --experimentalDecorators --target ES2023 --module nodenext --types node'.split(
      ' ',
    );
  const result = spawnSync(
    process.execPath,
    [compiler, ...options, '--typeRoots', typeRoots, 'names.ts'],
    {
      cwd: app,
      encoding: 'utf8',
    },
  );
  return result.status === 0 ? [] : [`its types: ${result.stdout.trim()}`];
}
