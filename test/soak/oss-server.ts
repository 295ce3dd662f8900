import { OssSimulator } from '../../src/simulator/index.js';
import type { OssPart, OssStarted } from './messages.js';

/** A local OSS that keeps its objects in the folder that it is given, in a process of its own. */
async function main(dataDirectory: string): Promise<void> {
  const oss = new OssSimulator({ dataDirectory });
  oss.events.on('request', ({ method, target, status }) => {
    const { pathname, searchParams } = new URL(target, 'http://local');
    const partNumber = Number(searchParams.get('partNumber'));
    if (method !== 'PUT' || partNumber === 0) return;
    const object = pathname.split('/').slice(2).join('/');
    const part: OssPart = { kind: 'part', object, partNumber, status };
    process.send?.(part);
  });
  await oss.start();
  const started: OssStarted = { kind: 'started', url: oss.url, publicKey: oss.publicKey };
  process.send?.(started);
  process.once('disconnect', () => void oss.stop().then(() => process.exit(0)));
}

await main(process.argv[2] ?? '');
