import { cyclesAmong } from './cycles.js';
import type { Import } from './imports.js';
import { roomOf } from './rooms.js';

/** What a package's manifest says about what it may import. */
export interface Manifest {
  name: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

/**
 * Imports run one way. A room may import the rooms of every later line; rooms on one line do not
 * import each other.
 */
const floors = [
  ['module'],
  ['composition'],
  ['http', 'operations'],
  ['callback', 'upload', 'reconciliation'],
  ['records'],
  ['recording'],
  ['completion'],
  ['rejections'],
  ['routes', 'database', 'oss-client'],
  ['ticket'],
  ['variables'],
  ['protocol'],
];

const CLIENT_RULE = 'client runs in browsers, and imports nothing but Uppy in client/uppy';

/** One sentence for each import that breaks a rule of the house, and for each cycle. */
export function brokenRules(imports: readonly Import[], manifest: Manifest): string[] {
  const broken = imports.flatMap((each) => {
    const rule = brokenRule(each, manifest);
    return rule ? [`${each.file} imports '${each.specifier}': ${rule}`] : [];
  });
  const cycles = cyclesAmong(imports).map(
    (files) => `imports go in a circle: ${files.join(' -> ')}`,
  );
  return [...broken, ...brokenByReach(imports), ...cycles];
}

/** The local OSS runs without an app, and so does what it imports of common: these files import node:* alone. */
function brokenByReach(imports: readonly Import[]): string[] {
  const inCommon = ({ target }: Import) => target !== undefined && roomOf(target) === 'common';
  const reached = new Set(
    imports.flatMap((each) =>
      roomOf(each.file) === 'simulator' && inCommon(each) ? [each.target] : [],
    ),
  );
  const broken: string[] = [];
  for (const file of reached) {
    for (const each of imports.filter((one) => one.file === file)) {
      if (inCommon(each))
        reached.add(each.target); // looked at in its turn
      else if (!each.specifier.startsWith('node:')) {
        broken.push(`${file} imports '${each.specifier}': the simulator runs without it`);
      }
    }
  }
  return broken;
}

function brokenRule(each: Import, manifest: Manifest): string | undefined {
  const from = roomOf(each.file);
  if (each.specifier === '@uppy/core' && each.file.startsWith('src/client/uppy/')) return undefined;
  return each.target === undefined
    ? brokenByPackage(from, each.specifier, manifest)
    : brokenByFile(from, roomOf(each.target));
}

function brokenByPackage(from: string, specifier: string, manifest: Manifest): string | undefined {
  if (specifier.startsWith('node:')) return from === 'client' ? CLIENT_RULE : undefined;
  if (from === 'protocol') return 'protocol imports node:* only';
  if (from === 'client') return CLIENT_RULE;
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  if (name === manifest.name) {
    return from === 'sample' ? undefined : 'only the sample imports the package by its name';
  }
  if (from === 'sample') return undefined;
  if (from === 'simulator') return undefined; // what it imports is bundled with it
  const installed = { ...manifest.dependencies, ...manifest.peerDependencies };
  if (name in installed) return undefined;
  if (from === 'bench') {
    return name in (manifest.devDependencies ?? {}) ? undefined : `${name} is not installed here`;
  }
  return `an app does not install ${name} with this package`;
}

function brokenByFile(from: string, to: string): string | undefined {
  if (from === to) return undefined;
  if (from === 'sample') {
    return to === 'tools' ? undefined : 'the sample imports the package by its name only';
  }
  if (from === 'bench') {
    return ['sample', 'test'].includes(to)
      ? 'bench measures src, with the help of tools'
      : undefined;
  }
  if (from === 'migrations') return 'migrations import nothing of src';
  if (to === 'sample' || to === 'tools' || to === 'test' || to === 'bench') {
    return `${to} is not part of the package`;
  }
  if (from === 'protocol') return 'protocol imports node:* only';
  if (from === 'client') return CLIENT_RULE;
  if (from === 'simulator') {
    return to === 'protocol' || to === 'common'
      ? undefined
      : 'simulator imports protocol, and of common what imports node:* alone';
  }
  if (from === 'testing') {
    const allowed = ['protocol', 'simulator', 'index', 'common', 'upload', 'ticket', 'options'];
    return allowed.includes(to)
      ? undefined
      : 'testing imports public names (src/index.ts), protocol, simulator, and what authorises uploads';
  }
  if (to === 'simulator' || to === 'testing' || to === 'client')
    return `${to} is a door of its own`;
  if (to === 'cli') return 'cli holds programs, which nothing imports';
  if (from === 'cli') {
    return to === 'upload' || to === 'migrations' ? 'cli imports no outbound room' : undefined;
  }
  if (from === 'index') return undefined;
  if (to === 'index') return 'index.ts is for those outside';
  if (from === 'common') {
    return to === 'protocol'
      ? undefined
      : 'common is a leaf: of the rooms it imports protocol alone';
  }
  if (to === 'common') return undefined;
  if (from === 'options') {
    return to === 'protocol' ? undefined : 'options are a leaf: they import common and protocol';
  }
  if (to === 'options') return undefined;
  if (to === 'migrations') {
    return from === 'database' ? undefined : 'migrations are for the database';
  }
  return isBelow(from, to)
    ? undefined
    : `imports run one way: ${floors.map((rooms) => rooms.join(', ')).join(' -> ')}`;
}

function isBelow(from: string, to: string): boolean {
  const floorOf = (room: string) => floors.findIndex((rooms) => rooms.includes(room));
  return floorOf(from) !== -1 && floorOf(to) > floorOf(from);
}
