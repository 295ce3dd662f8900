import { readFileSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

const SHIPPED =
  /^(dist\/(cjs\/)?(src|migrations)\/.+\.(js|d\.ts)|dist\/cjs\/(package\.json|shared-[\w-]+\.js)|package\.json|(README|SECURITY)(\.zh-CN)?\.md|docs\/[\w.-]+\.md|docs\/grafana\/\w+\.(json|yml)|\.env\.example|CHANGELOG\.md|LICENSE|THIRD-PARTY-LICENSES\.txt)$/;
const MUST_SHIP = ['README.md', 'CHANGELOG.md', 'LICENSE', 'THIRD-PARTY-LICENSES.txt'];

/** Only what an app uses is in the tarball, and no private key. */
export function checkContents(installed: string): string[] {
  const files = readdirSync(installed, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(installed, join(entry.parentPath, entry.name)))
    .map((path) => path.split(sep).join('/'));

  return [
    ...files
      .filter((file) => !SHIPPED.test(file) || /\.(spec|test)\./.test(file))
      .map((file) => `${file} does not belong in the package`),
    ...MUST_SHIP.filter((file) => !files.includes(file)).map((file) => `${file} is missing`),
    ...files
      .filter((file) => readFileSync(join(installed, file), 'latin1').includes('PRIVATE KEY'))
      .map((file) => `${file} contains a private key`),
  ];
}
