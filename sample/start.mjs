import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

// `npm start` and `npm run demo`: compiles what has changed, then runs the program in this process, so that it gets the
// signals that are meant for it.

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const [program = 'main'] = process.argv.slice(2);

console.log('Compiling: some ten seconds at first, then what has changed …');
const compiler = path('node_modules/typescript-native/bin/tsc');
const project = ['--project', path('tsconfig.build.json')];
const incremental = ['--incremental', '--tsBuildInfoFile', path('dist/build.tsbuildinfo')];
const { status } = spawnSync(process.execPath, [compiler, ...project, ...incremental], {
  stdio: 'inherit',
});
if (status !== 0) process.exit(status ?? 1);
if (program === 'main') await import('../dist/sample/build-page.js');
await import(`../dist/sample/${program}.js`);
