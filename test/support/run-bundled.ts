import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

/** Of the repository, with a slash at its end. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

export interface BundledScript {
  databaseUrl: string;
  /** Run before the script, without being bundled. */
  preload?: string;
  /** Also renames all classes and functions. */
  minify?: boolean;
}

/**
 * Runs a script in a process of its own, in one bundle with the sources that it imports. Packages are left out.
 * @returns what it prints
 */
export async function runBundled(
  script: string,
  { databaseUrl, preload = '', minify = false }: BundledScript,
): Promise<string> {
  const bundler = await rolldown({
    input: 'app',
    cwd: root,
    platform: 'node',
    tsconfig: `${root}/tsconfig.json`,
    external: (id) => /^[^./\0]/.test(id) && !id.startsWith('@oxc-project/') && id !== 'app',
    resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
    plugins: [
      {
        name: 'script',
        resolveId: (id) => (id === 'app' ? `${root}app.js` : undefined),
        load: (id) => (id === `${root}app.js` ? script : undefined),
      },
    ],
  });
  const { output } = await bundler.generate({ format: 'esm', codeSplitting: false, minify });
  await bundler.close();
  const imported = `data:text/javascript,${encodeURIComponent(preload)}`;
  const child = spawn(process.execPath, ['--import', imported, '--input-type=module', '-'], {
    cwd: root,
    env: { ...process.env, NODE_ENV: 'test', TEST_DATABASE_URL: databaseUrl },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(output[0].code);
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  await once(child, 'close');
  return printed;
}
