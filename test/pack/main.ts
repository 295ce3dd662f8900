import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeFigures, packageFigures } from '../../tools/package/figures.js';
import { packPackage, type Manifest } from '../../tools/package/installed-package.js';
import { type HostDatabases, startHostDatabases } from './host-databases.js';
import { mainFiles } from './host-files.js';
import { buildHost, installedVersion, installPackages } from './install-host.js';
import { findNodeVersions, type NodeVersion } from './node-versions.js';
import { runHost } from './run-host.js';
import { versionSets, type VersionSet } from './versions.js';

// `npm run test:pack`: packs the build, installs it in throw-away apps with every version that package.json claims,
// compiles them, and has them take uploads. Needs the npm registry. `npm run test:pack -- 2 5` takes the second and the
// fifth set of versions alone.

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
if (!existsSync(join(root, 'THIRD-PARTY-LICENSES.txt'))) {
  throw new Error('There is no build: npm run build comes first.');
}
const temporary = realpathSync(mkdtempSync(join(tmpdir(), 'nestjs-oss-callback-pack-')));
const chosen = process.argv.slice(2).map(Number);
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
  nodes: readonly NodeVersion[],
  databases: HostDatabases,
): Promise<void> {
  const { folder, tarball } = place;
  const claims = Object.entries(set.packages).map((entry) => entry.join('@'));
  if (!(await step(`npm install ${claims.join(' ')}`, () => installPackages(folder, tarball, set))))
    return;
  const versions = ['Nest @nestjs/core', 'TypeORM typeorm', 'TypeScript typescript']
    .map((each) => each.split(' ') as [string, string])
    .map(([title, name]) => `${title} ${installedVersion(folder, name)}`)
    .join(', ');
  for (const modules of set.modules) {
    let app = '';
    const what = `${versions}, ${modules}`;
    if (!(await step(`${what}, tsc`, () => (app = buildHost(root, folder, modules))))) continue;
    for (const node of set.everyNode.includes(modules) ? nodes : nodes.slice(0, 1)) {
      if ('problem' in node) continue;
      for (const [platform, file] of Object.entries(mainFiles)) {
        const main = file.replace(/ts$/, 'js');
        await step(`${what}, ${platform}, Node ${node.version}`, () =>
          runHost({ node: node.path, folder, app, main }, databases),
        );
      }
    }
  }
}

const databases = await startHostDatabases();
try {
  const tarball = packPackage(root, temporary);
  console.log(describeFigures(packageFigures(tarball, manifest)));
  const nodes = findNodeVersions(join(root, 'node_modules/.cache/test-pack'));
  for (const [index, set] of versionSets(manifest).entries()) {
    if (chosen.length > 0 && !chosen.includes(index + 1)) continue;
    const folder = join(temporary, `app-${index}`);
    await tryVersions(set, { folder, tarball }, nodes, databases);
    rmSync(folder, { recursive: true, force: true });
  }
  for (const node of nodes) {
    if ('problem' in node) console.log(`not tested: Node ${node.wanted}: ${node.problem}`);
  }
  console.log(`${counts.works} steps work, ${counts.fails} fail.`);
  process.exitCode = counts.fails ? 1 : 0;
} finally {
  await databases.stop();
  rmSync(temporary, { recursive: true, force: true });
}
