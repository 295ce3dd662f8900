import { toJson } from './manifest.js';
import type { Project } from './projects.js';

const TSCONFIG = {
  module: 'nodenext',
  moduleResolution: 'nodenext',
  resolvePackageJsonExports: true,
  esModuleInterop: true,
  isolatedModules: true,
  declaration: true,
  removeComments: true,
  emitDecoratorMetadata: true,
  experimentalDecorators: true,
  allowSyntheticDefaultImports: true,
  target: 'ES2023',
  sourceMap: true,
  outDir: './dist',
  incremental: true,
  skipLibCheck: true,
};

/** As the templates of `@nestjs/schematics` have them. */
export function settingsOf({ nest, modules }: Project): [string, string][] {
  const runner = modules === 'ESM' ? 'vitest/globals' : 'jest';
  const compilerOptions =
    nest === '11'
      ? { ...TSCONFIG, baseUrl: './', strictNullChecks: true, noImplicitAny: true }
      : {
          ...TSCONFIG,
          rootDir: '.',
          strict: true,
          strictPropertyInitialization: false,
          types: [runner, 'node'],
        };
  const build = {
    extends: './tsconfig.json',
    ...(nest === '12' ? { compilerOptions: { rootDir: './src' }, include: ['src'] } : {}),
    exclude: ['node_modules', 'test', 'dist', '**/*spec.ts'],
  };
  const jest = {
    moduleFileExtensions: ['js', 'json', 'ts'],
    rootDir: '.',
    testEnvironment: 'node',
    transform: { '^.+\\.(t|j)s$': 'ts-jest' },
  };
  const vitest = (suffix: string) => `import { defineConfig } from 'vitest/config';
import tsconfigPaths from 'vite-tsconfig-paths';

export default defineConfig({
  plugins: [tsconfigPaths()],
  test: { globals: true, root: './', include: ['**/*.${suffix}.ts'] },
});
`;
  return [
    ['tsconfig.json', toJson({ compilerOptions })],
    ['tsconfig.build.json', toJson(build)],
    ['nest-cli.json', nestCli('main')],
    ...(modules === 'ESM'
      ? ([
          ['vitest.config.ts', vitest('spec')],
          ['vitest.config.e2e.ts', vitest('e2e-spec')],
        ] as [string, string][])
      : ([
          ['jest.config.json', toJson({ ...jest, testRegex: '.*\\.spec\\.ts$' })],
          ['test/jest-e2e.json', toJson({ ...jest, testRegex: '.e2e-spec.ts$' })],
        ] as [string, string][])),
  ];
}

export function nestCli(entryFile: string): string {
  return toJson({
    collection: '@nestjs/schematics',
    sourceRoot: 'src',
    entryFile,
    compilerOptions: { deleteOutDir: true },
  });
}
