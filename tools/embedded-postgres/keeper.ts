import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Binaries } from './binaries.js';
import type { Cluster } from './cluster.js';
import type { Home } from './homes.js';
import { processSpace } from './processes.js';
import { serverEnvironment } from './run-program.js';
import type { ServerUser } from './server-user.js';

/** What a keeper has to know to run a server. */
export interface KeeperOrder {
  home: Home;
  binaries: Binaries;
  cluster: Cluster;
  user: ServerUser | undefined;
  settings: Record<string, string>;
}

/** A running server, seen through the process that keeps it. */
export class Keeper {
  private exited = false;
  private readonly exit: Promise<void>;

  /** Starts a server. It ends with `stop()`, or with this process, however that ends. */
  static start(order: KeeperOrder): Keeper {
    // By its package's name, since the build does not copy a plain script next to this file.
    const script = createRequire(import.meta.url).resolve(
      '@nestjs-oss-callback/embedded-postgres/keeper.mjs',
    );
    const child = spawn(process.execPath, [script, JSON.stringify(toJson(order))], {
      detached: true, // out of reach of the terminal's Ctrl-C
      stdio: ['pipe', 'ignore', 'ignore'],
      env: serverEnvironment(),
      windowsHide: true,
    });
    return new Keeper(child, order.home);
  }

  private constructor(
    private readonly child: ChildProcess,
    private readonly home: Home,
  ) {
    this.exit = new Promise((resolve) => {
      const done = () => {
        this.exited = true;
        resolve();
      };
      child.once('exit', done).once('error', done);
    });
    child.stdin?.on('error', () => {}); // the keeper has ended before us
  }

  /** Whether the server has ended by itself. */
  get hasEnded(): boolean {
    return this.exited;
  }

  /** Lets this process end without waiting for the server; the keeper then stops it. */
  letGo(): void {
    this.child.unref();
    (this.child.stdin as { unref?: () => void } | null)?.unref?.();
  }

  async stop(): Promise<void> {
    this.child.ref();
    this.child.stdin?.end();
    await this.exit;
  }

  /** What the server has said so far. */
  log(): string {
    try {
      return readFileSync(join(this.home.path, 'server.log'), 'utf8');
    } catch {
      return '';
    }
  }
}

function toJson({ home, binaries, cluster, user, settings }: KeeperOrder) {
  return {
    home: home.path,
    throwAway: home.throwAway,
    processSpace: processSpace(),
    command: binaries.postgres,
    commandArguments: [
      '-D',
      cluster.dataDirectory,
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    workingDirectory: cluster.workingDirectory,
    user: user ?? null,
  };
}
