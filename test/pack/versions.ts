import type { Manifest } from '../../tools/package/installed-package.js';

export type ModuleSystem = 'ESM' | 'CommonJS';

/** One set of packages, and the kinds of apps that are made with it. */
export interface VersionSet {
  /** Package to version, as for `npm install`. */
  packages: Record<string, string>;
  modules: readonly ModuleSystem[];
  /** Of these kinds one app runs under every Node version, the others under this process's. */
  everyNode: readonly ModuleSystem[];
}

/** Which of a range's alternatives: `^0.3.20 || ^1.1.0` has an older and a newer one. */
type Alternative = 'older' | 'newer';
/** `newest`: what `npm install` gives today; `lowest`: the version from which on the range begins. */
type Bound = 'newest' | 'lowest';

interface Choice extends Pick<VersionSet, 'modules' | 'everyNode'> {
  nest: Alternative;
  typeorm: Alternative;
  /** Of all other peers. */
  others: Alternative;
  bound: Bound;
}

const older = { nest: 'older', typeorm: 'older', others: 'older' } as const;
const newer = { nest: 'newer', typeorm: 'newer', others: 'newer' } as const;

const choices: readonly Choice[] = [
  { ...newer, bound: 'newest', modules: ['ESM', 'CommonJS'], everyNode: ['ESM'] },
  { ...older, bound: 'newest', modules: ['CommonJS', 'ESM'], everyNode: ['CommonJS'] },
  // What the README's `npm install` gives in an app with the older Nest.
  { ...newer, nest: 'older', bound: 'newest', modules: ['CommonJS'], everyNode: [] },
  { ...newer, typeorm: 'older', bound: 'newest', modules: ['ESM'], everyNode: [] },
  { ...older, bound: 'lowest', modules: ['CommonJS'], everyNode: [] },
  { ...newer, bound: 'lowest', modules: ['ESM'], everyNode: [] },
];

const NEST = ['@nestjs/common', '@nestjs/core', '@nestjs/swagger'];

/** What an app has that is no peer: the platforms, and a compiler as `nest new` of the time brings it. */
const hosts: Record<string, Record<Bound | 'compiler', string>> = {
  '11': { newest: '^11.0.0', lowest: '~11.0.0', compiler: '^5.7.3' },
  '12': { newest: '^12.0.0', lowest: '~12.0.0', compiler: '^6.0.0' },
};

/** Every end of every range that the manifest claims for its peers. */
export function versionSets(manifest: Manifest): VersionSet[] {
  return choices.map(({ nest, typeorm, others, bound, modules, everyNode }) => {
    const peers = Object.entries(manifest.peerDependencies ?? {}).map(([name, range]) => {
      const alternative = NEST.includes(name) ? nest : name === 'typeorm' ? typeorm : others;
      return [name, versionOf(name, range, alternative, bound)] as const;
    });
    const packages = Object.fromEntries(peers);
    const major = /\d+/.exec(packages['@nestjs/core'] ?? '')?.[0] ?? '';
    const host = hosts[major];
    if (!host) throw new Error(`No host is known for @nestjs/core ${packages['@nestjs/core']}.`);
    return {
      packages: {
        ...packages,
        '@nestjs/platform-express': host[bound],
        '@nestjs/platform-fastify': host[bound],
        '@types/node': '^20.0.0',
        typescript: host.compiler,
      },
      modules,
      everyNode,
    };
  });
}

function versionOf(name: string, range: string, alternative: Alternative, bound: Bound): string {
  const alternatives = range.split(' || ');
  if (alternatives.length > 2 || !alternatives.every((each) => /^\^\d+\.\d+\.\d+$/.test(each))) {
    throw new Error(`The peer ${name} claims "${range}". Write one or two ranges like ^1.2.3.`);
  }
  const chosen = alternatives.at(alternative === 'older' ? 0 : -1)!;
  return bound === 'lowest' ? chosen.slice(1) : chosen;
}
