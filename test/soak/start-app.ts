import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { AppMessage, AppQuestion, AppSettings } from './app-messages.js';
import { quickProgram } from './programs.js';

export interface AppProcess {
  url: string;
  /** Resolves when it ended, for whatever reason. */
  ended: Promise<void>;
  hasEnded(): boolean;
  /** Runs the reconciliation; how often each outcome came. Rejects where the process ends before. */
  reconcile(): Promise<Record<string, number>>;
  /** In bytes, after a garbage collection. */
  heap(): Promise<number>;
  /** Processor time since it began, in microseconds. */
  cpu(): Promise<number>;
  /** Ends it as `kill -9` does. */
  kill(): Promise<void>;
  /** Ends it as a deployment does. */
  stop(): Promise<void>;
}

/** Starts app-process.ts as the build leaves it, and waits until it listens. */
export async function startApp(settings: AppSettings): Promise<AppProcess> {
  const child = fork(await quickProgram('app-process'), [JSON.stringify(settings)], {
    execArgv: ['--expose-gc'],
    env: { ...process.env, NODE_ENV: 'test' },
  });
  const ended = once(child, 'exit').then(() => undefined);
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const { url } = await next(child, ended, 'listening');
  const end = async (signal: NodeJS.Signals) => {
    if (!hasEnded()) child.kill(signal);
    await ended;
  };
  const ask = async <Kind extends AppMessage['kind']>(question: AppQuestion, kind: Kind) => {
    const answer = next(child, ended, kind);
    if (child.connected) child.send(question, () => undefined);
    return answer;
  };
  return {
    url,
    ended,
    hasEnded,
    reconcile: async () => (await ask('reconcile', 'reconciled')).outcomes,
    heap: async () => (await ask('heap', 'heap')).usedBytes,
    cpu: async () => (await ask('cpu', 'cpu')).usedMicros,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  };
}

async function next<Kind extends AppMessage['kind']>(
  child: ChildProcess,
  ended: Promise<void>,
  kind: Kind,
): Promise<Extract<AppMessage, { kind: Kind }>> {
  let listen!: (message: AppMessage) => void;
  const message = new Promise<Extract<AppMessage, { kind: Kind }>>((resolve, reject) => {
    listen = (told) => {
      if (told.kind === kind) resolve(told as Extract<AppMessage, { kind: Kind }>);
      if (told.kind === 'reconcile-failed') reject(new Error(told.reason));
    };
    child.on('message', listen);
    void ended.then(() => reject(new Error(`the app process ended, and ${kind} did not come`)));
  });
  return message.finally(() => child.off('message', listen));
}
