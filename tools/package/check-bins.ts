import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Manifest } from './installed-package.js';

/** A callback that the vendor published, as it goes over the wire. */
const GENUINE_CALLBACK = [
  'POST /index.php?id=1&index=2 HTTP/1.0',
  'Content-Length: 18',
  'Authorization: kKQeGTRccDKyHB3H9vF+xYMSrmhMZjzzl2/kdD1ktNVgbWEfYTQG0G2SU/RaHBovRCE8OkQDjC3uG33esH2txA==',
  'x-oss-pub-key-url: aHR0cDovL2dvc3NwdWJsaWMuYWxpY2RuLmNvbS9jYWxsYmFja19wdWJfa2V5X3YxLnBlbQ==',
  '',
  'bucket=yonghu-test',
].join('\r\n');

/** Each program starts as it is installed, and the one that verifies does. */
export function checkBins(manifest: Manifest, installed: string): string[] {
  const run = (file: string, args: string[], input = '') =>
    spawnSync(process.execPath, [join(installed, file), ...args], { input, encoding: 'utf8' });
  const bins = Object.entries(manifest.bin ?? {});
  const problems = bins.flatMap(([name, file]) => {
    const { status, stdout, stderr } = run(file, ['--help']);
    return status === 0 && stdout.startsWith(`${name}: `)
      ? []
      : [`${name} --help ends with ${status}: ${stderr.trim()}`];
  });
  const verifier = manifest.bin?.['oss-callback'];
  if (verifier === undefined) return [...problems, 'the package has no bin "oss-callback"'];
  const { status, stdout, stderr } = run(verifier, ['verify', '-'], GENUINE_CALLBACK);
  if (status === 0 && stdout.startsWith('Verified\n')) return problems;
  return [...problems, `oss-callback verify ends with ${status}: ${stdout}${stderr}`.trim()];
}
