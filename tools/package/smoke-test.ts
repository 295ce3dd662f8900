import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkBins } from './check-bins.js';
import { checkContents } from './check-contents.js';
import { checkDoors } from './check-doors.js';
import { checkFigures } from './check-figures.js';
import { checkManifest } from './check-manifest.js';
import { describeFigures, packageFigures } from './figures.js';
import { installPackage, packPackage, type Manifest } from './installed-package.js';

// Packs the build and installs it as an app would: elsewhere, with its peers and nothing more.
// What only works inside the repository fails here.

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
const licenses = join(root, 'THIRD-PARTY-LICENSES.txt');
if (!existsSync(licenses)) throw new Error('There is no build: npm run build comes first.');

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'nestjs-oss-callback-package-')));
try {
  const tarball = packPackage(root, folder);
  const installed = installPackage({ root, manifest, tarball, app: folder });
  const figures = packageFigures(tarball, manifest);
  const problems = [
    ...checkManifest(manifest, installed, readFileSync(licenses, 'utf8')),
    ...checkContents(installed),
    ...checkBins(manifest, installed),
    ...checkDoors({ root, manifest, app: folder }),
    ...checkFigures(root, figures),
  ];
  for (const problem of problems) console.error(`- ${problem}`);
  console.log(describeFigures(figures));
  console.log(problems.length ? 'The packed package is broken.' : 'The packed package works.');
  process.exitCode = problems.length ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
