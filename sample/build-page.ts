import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { rolldown } from 'rolldown';

// Makes dist/sample/public of the page: its scripts and Uppy's in one file, and the style sheets. `npm start` runs it.

const root = resolve(import.meta.dirname, '../..');
const page = join(root, 'sample/page');
const output = join(root, 'dist/sample/public');
const { resolve: find } = createRequire(import.meta.url);

const bundle = await rolldown({
  input: join(page, 'main.ts'),
  platform: 'browser',
  resolve: {
    alias: {
      'nestjs-oss-callback/client': join(root, 'src/client/index.ts'),
      'nestjs-oss-callback/uppy': join(root, 'src/client/uppy/index.ts'),
    },
    extensionAlias: { '.js': ['.ts', '.js'] },
  },
  onLog: (_level, log) => {
    throw new Error(`bundling the page: ${log.message}`);
  },
});
await bundle.write({ dir: output, format: 'esm', entryFileNames: 'page.js', minify: true });
for (const name of ['index.html', 'page.css']) copyFileSync(join(page, name), join(output, name));
const styles = ['@uppy/core/css/style.min.css', '@uppy/dashboard/css/style.min.css'];
writeFileSync(
  join(output, 'uppy.css'),
  styles.map((name) => readFileSync(find(name), 'utf8')).join('\n'),
);
