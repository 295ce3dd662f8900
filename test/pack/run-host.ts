import { join } from 'node:path';
import { findFreePort } from '../../src/testing/free-port.js';
import { checkHost, type RunningHost } from './check-host.js';
import type { HostDatabases } from './host-databases.js';
import { startProgram, type Program } from './running-program.js';

export interface HostRun extends Pick<RunningHost, 'client' | 'isMinified'> {
  /** Path of the Node that runs it. */
  node: string;
  /** The folder with the installed packages. */
  folder: string;
  /** The compiled `main`, with options of Node before it. */
  program: readonly string[];
}

/** Starts the local OSS of the tarball and an app, each in a process of its own, and has the app do its work. */
export async function runHost(run: HostRun, databases: HostDatabases): Promise<void> {
  const programs: Program[] = [];
  const start = (program: readonly string[], env?: NodeJS.ProcessEnv) => {
    const started = startProgram(run.node, program, env);
    programs.push(started);
    return started;
  };
  const database = await databases.create();
  try {
    const bin = join(run.folder, 'node_modules/nestjs-oss-callback/dist/src/simulator/cli.js');
    const oss = start([bin, '--port', '0', '--quiet']);
    const [, ossUrl = ''] = await oss.waitFor(/listens on (http:\S+)/);
    const port = await findFreePort();
    const url = `http://127.0.0.1:${port}`;
    const app = start(run.program, {
      PORT: String(port),
      DATABASE_URL: database.url,
      OSS_PUBLIC_URL: url,
      OSS_LOCAL_URL: ossUrl,
      OSS_BUCKET: 'uploads',
      OSS_REGION: 'cn-hangzhou',
      OSS_TICKET_SECRETS: 'c2VjcmV0IG9mIHRoZSB0ZXN0cyBhbmQgb2Ygbm90aGluZyBlbHNl',
    });
    await app.waitFor(/The app listens/);
    try {
      await checkHost({ client: run.client, isMinified: run.isMinified, url, database });
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${app.output()}`, { cause: error });
    }
  } finally {
    await Promise.all(programs.map((program) => program.stop()));
    await database.drop();
  }
}
