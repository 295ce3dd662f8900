import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeFigures, packageFigures } from '../../tools/package/figures.js';
import { packPackage, type Manifest } from '../../tools/package/installed-package.js';
import { type HostDatabases, startHostDatabases } from './host-databases.js';
import { mainFiles } from './host-files.js';
import { buildHost, installedVersion, installPackages } from './install-host.js';
import { findNodeVersions, type InstalledNode } from './node-versions.js';
import { packagesOf, projects, writeProject } from './projects.js';
import { runHost } from './run-host.js';
import { runTools } from './tools.js';
import { versionSets, type VersionSet } from './versions.js';
import type { Workshop } from './workshop.js';

// `npm run test:pack`: packs the build, installs it in throw-away apps with every version that package.json claims,
// compiles them, and has them take uploads; then in projects of `nest new`, with tools to build and test them. Needs the
// npm registry. `npm run test:pack -- 2 jest` takes the second set of versions and Jest alone.

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
if (!existsSync(join(root, 'THIRD-PARTY-LICENSES.txt'))) {
  throw new Error('There is no build: npm run build comes first.');
}
const temporary = realpathSync(mkdtempSync(join(tmpdir(), 'nestjs-oss-callback-pack-')));
const chosen = process.argv.slice(2);
const counts = { works: 0, fails: 0 };

/** Runs one step and prints one line on it. */
async function step(what: string, work: () => unknown): Promise<boolean> {
  const start = performance.now();
  try {
    await work();
  } catch (error) {
    counts.fails += 1;
    console.error(`FAILS  ${what}\n${(error as Error).message}\n`);
    return false;
  }
  counts.works += 1;
  console.log(`works  ${what}  ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return true;
}

async function tryVersions(
  set: VersionSet,
  place: { folder: string; tarball: string },
  nodes: readonly InstalledNode[],
  databases: HostDatabases,
): Promise<void> {
  const { folder, tarball } = place;
  const claims = Object.entries(set.packages).map((entry) => entry.join('@'));
  const install = () => installPackages(folder, tarball, set.packages);
  if (!(await step(`npm install ${claims.join(' ')}`, install))) return;
  const versions = ['Nest @nestjs/core', 'TypeORM typeorm', 'TypeScript typescript']
    .map((each) => each.split(' ') as [string, string])
    .map(([title, name]) => `${title} ${installedVersion(folder, name)}`)
    .join(', ');
  for (const modules of set.modules) {
    let app = '';
    const what = `${versions}, ${modules}`;
    if (!(await step(`${what}, tsc`, () => (app = buildHost(root, folder, modules))))) continue;
    for (const node of set.everyNode.includes(modules) ? nodes : nodes.slice(0, 1)) {
      for (const [platform, file] of Object.entries(mainFiles)) {
        const main = file.replace(/ts$/, 'js');
        const dist = join(app, 'dist');
        await step(`${what}, ${platform}, Node ${node.version}`, () =>
          runHost(
            {
              node: node.path,
              folder,
              program: [join(dist, main)],
              client: join(dist, 'client.js'),
            },
            databases,
          ),
        );
      }
    }
  }
}

/** @param shop whose folder is still to be written */
async function tryProject(shop: Workshop): Promise<void> {
  const { root: from, folder, tarball, project, packages } = shop;
  const tools = project.tools.filter((name) => isChosen(name));
  if (tools.length === 0) return;
  const what = `npm install, project of Nest ${project.nest}, ${project.modules}`;
  const isInstalled = await step(what, () => {
    installPackages(folder, tarball, packages, project.modules);
    writeProject(from, folder, project);
  });
  if (isInstalled) await runTools(shop, tools);
}

function isChosen(name: string): boolean {
  return chosen.length === 0 || chosen.includes(name);
}

const sets = versionSets(manifest);
const known = [...sets.map((_, index) => String(index + 1)), ...projects.flatMap((p) => p.tools)];
const unknown = chosen.find((name) => !known.includes(name));
if (unknown !== undefined) {
  throw new Error(`There is no "${unknown}". Choose among ${[...new Set(known)].join(' ')}.`);
}
const databases = await startHostDatabases();
try {
  const tarball = packPackage(root, temporary);
  console.log(describeFigures(packageFigures(tarball, manifest)));
  const cache = join(root, 'node_modules/.cache/test-pack');
  const found = findNodeVersions(cache);
  const nodes = found.filter((node): node is InstalledNode => !('problem' in node));
  for (const [index, set] of sets.entries()) {
    if (!isChosen(String(index + 1))) continue;
    const folder = join(temporary, `app-${index}`);
    await tryVersions(set, { folder, tarball }, nodes, databases);
    rmSync(folder, { recursive: true, force: true });
  }
  for (const [index, project] of projects.entries()) {
    const folder = join(temporary, `project-${index}`);
    const packages = packagesOf(project, sets);
    const place = { root, folder, tarball, cache, databases, nodes };
    await tryProject({ ...place, project, packages, step });
  }
  for (const node of found) {
    if ('problem' in node) console.log(`not tested: Node ${node.wanted}: ${node.problem}`);
  }
  console.log(`${counts.works} steps work, ${counts.fails} fail.`);
  process.exitCode = counts.fails ? 1 : 0;
} finally {
  await databases.stop();
  rmSync(temporary, { recursive: true, force: true });
}
