import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PlatformName } from '../support/platforms.js';
import { codeBlocksOf } from '../documents/code-blocks.js';
import type { ModuleSystem } from './versions.js';

/** An app's `main`, by platform. */
export const mainFiles: Record<PlatformName, string> = {
  Express: 'main.ts',
  Fastify: 'main-fastify.ts',
};

/**
 * The files of an app: the README's own, the ones of beyond-readme.md that join them, and the smallest sample.
 * What is changed is named here and nowhere else.
 */
export function hostFiles(root: string, modules: ModuleSystem): Map<string, string> {
  const read = (path: string) => readFileSync(join(root, path), 'utf8');
  const readme = codeBlocksOf(read('README.md'));
  const main = describing(blockOf(readme, 'main.ts'));
  const inSystem = modules === 'CommonJS' ? withoutTopLevelAwait : (code: string) => code;
  return new Map([
    ...readme,
    ...codeBlocksOf(read('test/pack/beyond-readme.md')),
    ['app.module.ts', joining(blockOf(readme, 'app.module.ts'))],
    [
      'album.controller.ts',
      replace(blockOf(readme, 'album.controller.ts'), /^class /m, 'export class '),
    ],
    ['main.ts', inSystem(main)],
    ['main-fastify.ts', inSystem(onFastify(main))],
    ['local-oss.ts', inSystem(blockOf(readme, 'local-oss.ts').replaceAll('export const', 'const'))],
    ['minimal.ts', inSystem(read('sample/minimal.ts'))],
  ]);
}

function joining(appModule: string): string {
  const joined = replace(
    appModule,
    'controllers: [AvatarsController]',
    'controllers: [AvatarsController, AlbumController, BeyondController, BeyondUploads],\n  providers: [BeyondHandler]',
  );
  return [
    "import { AlbumController } from './album.controller.js';",
    "import { BeyondController } from './beyond.controller.js';",
    "import { BeyondHandler } from './beyond.handler.js';",
    "import { BeyondUploads } from './beyond.uploads.js';",
    joined,
  ].join('\n');
}

/** With a line that says when it listens: Nest's own "successfully started" comes before that. */
function describing(main: string): string {
  const joined = replace(
    main,
    /^( *)await app\.listen.*$/m,
    "$1describeApi(app);\n$&\n$1console.log('The app listens.');",
  );
  return `import { describeApi } from './describe.js';\n${joined}`;
}

function onFastify(main: string): string {
  return `import { FastifyAdapter } from '@nestjs/platform-fastify';\n${replace(main, 'NestFactory.create(AppModule)', 'NestFactory.create(AppModule, new FastifyAdapter())')}`;
}

/** CommonJS has no `await` outside of functions. */
function withoutTopLevelAwait(code: string): string {
  if (!/^(const .*= )?await /m.test(code)) return code;
  const start = code.search(/^(?!import |} from |  |$)/m);
  return `${code.slice(0, start)}\nasync function run() {\n${code.slice(start)}}\nvoid run();\n`;
}

function blockOf(blocks: ReadonlyMap<string, string>, title: string): string {
  const code = blocks.get(title);
  if (code === undefined) throw new Error(`README.md has no code block with title="${title}".`);
  return code;
}

function replace(code: string, what: string | RegExp, by: string): string {
  const replaced = code.replace(what, by);
  if (replaced === code) throw new Error(`The README's code has no ${String(what)} any more.`);
  return replaced;
}
