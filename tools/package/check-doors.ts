import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
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
    ...doors.flatMap((door) => checkRequire(place, door)),
    ...checkTypes(place),
  ];
}

function checkImport({ manifest, app }: Place, door: string): string[] {
  const specifier = manifest.name + door.slice(1);
  const json = door.endsWith('.json') ? ", { with: { type: 'json' } }" : '';
  const script = `console.log(JSON.stringify(Object.keys(await import('${specifier}'${json}))))`;
  return checkNames(door, `import '${specifier}'`, run(app, ['--input-type=module', '-e', script]));
}

/**
 * Node has one copy of each class, however it is asked for the package. What has no `module-sync`, such as Jest, gets
 * the CommonJS twin; so does Node with a flag that keeps it from requiring ES modules.
 */
function checkRequire({ manifest, app }: Place, door: string): string[] {
  const specifier = manifest.name + door.slice(1);
  if (door.endsWith('.json')) return [];
  const same = `const required = require('${specifier}');
    import('${specifier}').then((imported) => {
      const differing = Object.keys(required).filter((name) => required[name] !== imported[name]);
      if (differing.length > 0) throw new Error('there are two copies of ' + differing.join(', '));
    });`;
  const once = run(app, ['--input-type=commonjs', '-e', same]);
  const { require } = manifest.exports[door] as { require: { default: string } };
  const twin = join(app, 'node_modules', manifest.name, require.default);
  const script = `console.log(JSON.stringify(Object.keys(require('${twin}'))))`;
  return [
    ...(once.status === 0 ? [] : [`require('${specifier}') beside its import: ${once.stderr}`]),
    ...checkNames(
      door,
      `require('${specifier}')`,
      run(app, ['--input-type=commonjs', '-e', script]),
    ),
  ];
}

/** Each door in a process of its own: one must not live on what another has loaded. */
function run(app: string, args: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, args, { cwd: app, encoding: 'utf8' });
}

function checkNames(door: string, what: string, result: SpawnSyncReturns<string>): string[] {
  if (result.status !== 0) return [`${what} fails: ${result.stderr.trim()}`];
  const names = JSON.parse(result.stdout.trim().split('\n').at(-1)!) as string[];
  const expected = (contract as Record<string, { values: readonly string[] }>)[door]?.values ?? [];
  return expected
    .filter((name) => !names.includes(name))
    .map((name) => `${what} does not give ${name}`);
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
