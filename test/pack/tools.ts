import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installedVersion } from './install-host.js';
import { usePnpm, useYarnPnp } from './package-managers.js';
import { nestCli } from './nest-new.js';
import type { ToolName } from './projects.js';
import { builtFolder, isBelow, runOnPlatforms, runProgram, type Workshop } from './workshop.js';

/** Builds a project with `nest build`, whose client the other builds use too, then runs the chosen tools. */
export async function runTools(shop: Workshop, chosen: readonly ToolName[]): Promise<void> {
  const title = `Nest ${installedVersion(shop.folder, '@nestjs/core')}, ${shop.project.modules}`;
  const isBuilt = await shop.step(`${title}, nest build`, () => {
    nestBuild(shop, [], 'main');
    cpSync(join(shop.folder, 'dist'), builtFolder(shop), { recursive: true });
  });
  if (!isBuilt) return;
  for (const name of chosen) await tools[name](shop, `${title}, ${name}`);
}

const tools: Record<ToolName, (shop: Workshop, title: string) => Promise<void>> = {
  jest: async (shop, title) => {
    const jest = join(shop.folder, 'node_modules/jest/bin/jest.js');
    // Nest 12 consists of ES modules. Jest can require those from this version on, with the flag of `nest new`.
    const isNest12 = shop.project.nest === '12';
    const flags = isNest12 ? ['--experimental-vm-modules'] : [];
    for (const { version, path: node } of shop.nodes) {
      if (isNest12 && isBelow(version, [24, 9])) continue;
      await shop.step(`${title}, Node ${version}`, async () => {
        for (const config of ['jest.config.json', 'test/jest-e2e.json']) {
          await runTests(shop, [...flags, jest, '--config', config], node);
        }
      });
    }
  },

  vitest: async (shop, title) => {
    const vitest = join(shop.folder, 'node_modules/vitest/vitest.mjs');
    await shop.step(title, async () => {
      for (const config of ['vitest.config.ts', 'vitest.config.e2e.ts']) {
        await runTests(shop, [vitest, 'run', '--config', config]);
      }
    });
  },

  swc: (shop, title) => runOnPlatforms(shop, title, (main) => nestBuild(shop, ['-b', 'swc'], main)),

  webpack: (shop, title) =>
    runOnPlatforms(shop, title, (main) => nestBuild(shop, ['--webpack'], main)),

  // One minified file of everything, but for what Nest requires only where it is installed.
  esbuild: (shop, title) =>
    runOnPlatforms(
      shop,
      title,
      (main) => {
        const bundle = join(shop.folder, `${main}.bundle.js`);
        const input = join(builtFolder(shop), `${main}.js`);
        const absent = [
          '@fastify/static',
          '@fastify/view',
          '@nestjs/microservices',
          '@nestjs/websockets',
          'class-transformer/storage',
        ];
        runProgram(shop.folder, [
          join(shop.folder, 'node_modules/esbuild/bin/esbuild'),
          input,
          '--bundle',
          '--minify',
          '--platform=node',
          `--outfile=${bundle}`,
          ...absent.map((name) => `--external:${name}`),
        ]);
        return bundle;
      },
      { isMinified: true },
    ),

  pnpm: usePnpm,
  'yarn-pnp': useYarnPnp,
};

function nestBuild({ folder }: Workshop, options: readonly string[], main: string): string {
  writeFileSync(join(folder, 'nest-cli.json'), nestCli(main));
  const nest = join(folder, 'node_modules/@nestjs/cli/bin/nest.js');
  runProgram(folder, [nest, 'build', ...options]);
  return join(folder, 'dist', `${main}.js`);
}

/** The tests of the recipes, of an app that has the handler of beyond-readme.md, with a database of their own. */
async function runTests(
  { folder, databases }: Workshop,
  program: readonly string[],
  node?: string,
): Promise<void> {
  const database = await databases.create();
  try {
    await database.query('CREATE TABLE handled (upload_id uuid, object text)');
    runProgram(folder, program, { node, env: { DATABASE_URL: database.url } });
  } finally {
    await database.drop();
  }
}
