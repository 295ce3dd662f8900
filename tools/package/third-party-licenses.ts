import { readFileSync, readdirSync } from 'node:fs';
import { join, sep } from 'node:path';

const RULE = '-'.repeat(80);

/** The licences of exactly the packages that the given modules come from, as one text. */
export function thirdPartyLicenses(moduleIds: readonly string[]): string {
  const folders = [...new Set(moduleIds.map(packageFolderOf))].filter((folder) => folder !== null);
  const notices = folders.map(noticeOf).toSorted();
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

function noticeOf(folder: string): string {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
    license?: string;
  };
  const file = readdirSync(folder).find((name) => /^(licen[cs]e|copying)/i.test(name));
  if (!file) throw new Error(`${manifest.name} is bundled but brings no licence text`);
  const text = readFileSync(join(folder, file), 'utf8').trim();
  return `${manifest.name} ${manifest.version} (${manifest.license ?? 'see below'})\n\n${text}`;
}
