import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { writeManifest } from './manifest.js';
import { npmInstall } from './npm-install.js';
import { writeProject } from './projects.js';
import { builtFolder, isBelow, runOnPlatforms, runProgram, type Workshop } from './workshop.js';

/** Beside the project, so that nothing of what npm installed is found. */
export async function usePnpm(shop: Workshop, title: string): Promise<void> {
  const folder = `${shop.folder}-pnpm`;
  const pnpm = packageManager(shop, 'pnpm', 'bin/pnpm.mjs');
  const isInstalled = await shop.step(`${title} install, nest build`, () => {
    writeManifest(folder, withTarball(shop, shop.packages), shop.project.modules);
    writeProject(shop.root, folder, shop.project);
    const store = `--store-dir=${join(shop.cache, 'pnpm-store')}`;
    runProgram(folder, [pnpm, 'install', '--ignore-scripts', store]);
    runProgram(folder, [pnpm, 'exec', 'nest', 'build']);
  });
  if (!isInstalled) return;
  await runOnPlatforms(shop, title, (main) => join(folder, 'dist', `${main}.js`));
}

/** `@alicloud/credentials` requires what it does not declare. */
const YARNRC = `nodeLinker: pnp
enableGlobalCache: false
enableTelemetry: false
enableImmutableInstalls: false
packageExtensions:
  '@alicloud/credentials@*':
    dependencies:
      debug: '*'
`;

/** Yarn asks a registry of its own, unless it is told npm's. */
function registryLine(): string {
  const options = { encoding: 'utf8', shell: process.platform === 'win32' } as const;
  const url = execFileSync('npm', ['config', 'get', 'registry'], options).trim();
  return `npmRegistryServer: '${url.replace(/\/$/, '')}'\n`;
}

/** What `nest build` made, with the packages that it needs to run. */
export async function useYarnPnp(shop: Workshop, title: string): Promise<void> {
  const folder = `${shop.folder}-yarn`;
  const yarn = packageManager(shop, '@yarnpkg/cli-dist', 'bin/yarn.js');
  const { nest, modules, devPackages } = shop.project;
  const isInstalled = await shop.step(`${title} install`, () => {
    const packages = Object.entries(shop.packages).filter(([name]) => !(name in devPackages));
    writeManifest(folder, withTarball(shop, Object.fromEntries(packages)), modules);
    writeFileSync(join(folder, '.yarnrc.yml'), YARNRC + registryLine());
    writeFileSync(join(folder, 'yarn.lock'), '');
    runProgram(folder, [yarn, 'install', '--mode=skip-build']);
    cpSync(builtFolder(shop), join(folder, 'dist'), { recursive: true });
  });
  if (!isInstalled) return;
  const loader = pathToFileURL(join(folder, '.pnp.loader.mjs')).href;
  const hooks = ['--require', join(folder, '.pnp.cjs'), '--experimental-loader', loader];
  const mainOf = (main: string) => join(folder, 'dist', `${main}.js`);
  for (const { wanted, version, path: node } of shop.nodes) {
    if (!['this', '22', '24'].includes(wanted)) continue;
    // Before, Yarn PnP finds no ES module that CommonJS requires, and Nest 12 consists of ES modules.
    if (nest === '12' && modules === 'CommonJS' && isBelow(version, [22, 15])) continue;
    await runOnPlatforms(shop, `${title}, Node ${version}`, mainOf, { node, hooks });
  }
}

function withTarball({ tarball }: Workshop, packages: Record<string, string>) {
  return { ...packages, 'nestjs-oss-callback': `file:${tarball}` };
}

/** @returns the path of its program */
function packageManager({ cache }: Workshop, name: string, program: string): string {
  const folder = join(cache, name.replace(/.*\//, ''));
  const path = join(folder, 'node_modules', name, program);
  if (!existsSync(path)) {
    writeManifest(folder, {});
    npmInstall(folder, [name]);
  }
  return path;
}
