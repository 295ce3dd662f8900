import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';

const RULE = '-'.repeat(80);

/** The licences of exactly the packages that the given modules come from, as one text. */
export function thirdPartyLicenses(moduleIds: readonly string[]): string {
  const folders = [...new Set(moduleIds.map(packageFolderOf))].filter((folder) => folder !== null);
  const notices = folders
    .map((folder) =>
      noticeOf(
        folder,
        moduleIds.filter((id) => packageFolderOf(id) === folder),
      ),
    )
    .toSorted();
  return [
    'The build of nestjs-oss-callback/simulator contains the following packages.',
    ...notices,
  ].join(`\n\n${RULE}\n\n`);
}

/** The folder of the npm package that a module belongs to; null for our own. */
export function packageFolderOf(moduleId: string): string | null {
  const path = moduleId.split(sep).join('/');
  return /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? null;
}

function noticeOf(folder: string, moduleIds: readonly string[]): string {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
    license?: string;
  };
  const licenses = new Set(moduleIds.flatMap((id) => licenseFiles(folder, dirname(id))));
  if (licenses.size === 0)
    throw new Error(`${manifest.name} is bundled but brings no licence text`);
  return [
    `${manifest.name} ${manifest.version} (${manifest.license ?? 'see below'})`,
    ...[...licenses].map((file) => readFileSync(file, 'utf8').trim()),
  ].join('\n\n');
}

/** Also of folders on the way: packages carry parts that others wrote, with licences of their own. */
function licenseFiles(packageFolder: string, folder: string): string[] {
  const here = readdirSync(folder)
    .filter((name) => /^(licen[cs]e|copying|notice)(\.|$)/i.test(name))
    .map((name) => join(folder, name));
  const isTop = folder.length <= packageFolder.length;
  return isTop ? here : [...licenseFiles(packageFolder, dirname(folder)), ...here];
}
