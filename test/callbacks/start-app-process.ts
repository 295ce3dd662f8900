import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import type { AppProcessSettings } from './app-process.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface AppProcess {
  url: string;
  /** Ends it as a deployment does. */
  stop(): Promise<void>;
  /** Ends it as a crash does. */
  kill(): Promise<void>;
}

/** An app in a Node.js process of its own, from the sources. */
export async function startAppProcess(settings: AppProcessSettings): Promise<AppProcess> {
  // Read from its standard input, so that its imports are found from the repository's folder.
  const child = spawn(process.execPath, ['--input-type=module', '-'], {
    cwd: root,
    env: { ...process.env, APP_PROCESS_SETTINGS: JSON.stringify(settings) },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  child.stdin.end(await bundle());
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await ended;
  };
  for await (const line of createInterface(child.stdout)) {
    const [, url] = /^listening on (\S+)$/.exec(line) ?? [];
    if (url) return { url, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') };
  }
  throw new Error('The app process ended before it listened');
}

let bundled: Promise<string> | undefined;

function bundle(): Promise<string> {
  bundled ??= (async () => {
    const bundler = await rolldown({
      input: `${root}/test/callbacks/app-process.ts`,
      platform: 'node',
      cwd: root,
      tsconfig: `${root}/tsconfig.json`,
      external: (id) => /^[^./\0]/.test(id) && !id.startsWith('@oxc-project/'),
      resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
    });
    const { output } = await bundler.generate({ format: 'esm', codeSplitting: false });
    await bundler.close();
    return output[0].code;
  })();
  return bundled;
}
