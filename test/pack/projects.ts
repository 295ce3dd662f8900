import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { codeBlocksOf } from '../documents/code-blocks.js';
import { hostFiles } from './host-files.js';
import { settingsOf } from './nest-new.js';
import type { ModuleSystem, VersionSet } from './versions.js';

/** An app as `nest new` lays it out, and the tools that it is built and tested with. */
export interface Project {
  nest: '11' | '12';
  modules: ModuleSystem;
  tools: readonly ToolName[];
  /** What `nest new` and the tools bring. */
  devPackages: Record<string, string>;
}

export type ToolName = 'jest' | 'vitest' | 'swc' | 'webpack' | 'esbuild' | 'pnpm' | 'yarn-pnp';

const JEST = { jest: '^30.0.0', 'ts-jest': '^29.4.0', '@types/jest': '^30.0.0' };

export const projects: readonly Project[] = [
  {
    nest: '11',
    modules: 'CommonJS',
    tools: ['jest', 'swc', 'webpack', 'esbuild', 'yarn-pnp'],
    devPackages: {
      '@nestjs/cli': '^11.0.0',
      '@nestjs/testing': '^11.0.1',
      '@swc/cli': '^0.7.0',
      '@swc/core': '^1.3.62',
      esbuild: '^0.28.0',
      'ts-loader': '^9.5.2',
      ...JEST,
    },
  },
  {
    nest: '12',
    modules: 'CommonJS',
    tools: ['jest', 'yarn-pnp'],
    devPackages: { '@nestjs/cli': '^12.0.0', '@nestjs/testing': '^12.0.1', ...JEST },
  },
  {
    nest: '12',
    modules: 'ESM',
    tools: ['vitest', 'pnpm', 'yarn-pnp'],
    devPackages: {
      '@nestjs/cli': '^12.0.0',
      '@nestjs/testing': '^12.0.1',
      vitest: '^4.1.2',
      'vite-tsconfig-paths': '^5.1.4',
    },
  },
];

/** The newest versions that npm gives a project today. */
export function packagesOf(project: Project, sets: readonly VersionSet[]): Record<string, string> {
  const set = sets.find(
    ({ packages, modules }) =>
      packages['@nestjs/core']?.startsWith(`^${project.nest}.`) &&
      modules.includes(project.modules),
  );
  if (!set) throw new Error(`No set of versions has Nest ${project.nest}.`);
  return { ...set.packages, ...project.devPackages };
}

/** The README's code in `src`, the tests of docs/recipes.md beside it and in `test`, and the settings of `nest new`. */
export function writeProject(root: string, folder: string, project: Project): void {
  const files = new Map<string, string>([
    ...settingsOf(project),
    ...[...codeOf(root, project)].map(
      ([path, code]) => [path, project.modules === 'ESM' ? code : withoutExtensions(code)] as const,
    ),
  ]);
  for (const [path, content] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

function codeOf(root: string, { modules }: Project): Map<string, string> {
  const recipes = codeBlocksOf(readFileSync(join(root, 'docs/recipes.md'), 'utf8'));
  const e2e = recipes
    .get('testing/avatars.e2e-spec.ts')!
    .replace('./app.module.js', '../src/app.module.js');
  return new Map([
    ...[...hostFiles(root, modules)].map(([path, code]) => [`src/${path}`, code] as const),
    ['src/avatars.spec.ts', recipes.get('testing/avatars.spec.ts')!],
    ['test/avatars.e2e-spec.ts', e2e],
    ['test/avatars-fastify.e2e-spec.ts', onFastify(e2e)],
  ]);
}

function onFastify(test: string): string {
  const adapted = test.replace(
    'createNestApplication()',
    'createNestApplication(new FastifyAdapter())',
  );
  return `import { FastifyAdapter } from '@nestjs/platform-fastify';\n${adapted}`;
}

/** Jest and webpack look for the file that an import names. */
function withoutExtensions(code: string): string {
  return code.replaceAll(/ from '(\.{1,2}\/[^']+)\.js'/g, " from '$1'");
}
