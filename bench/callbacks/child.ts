import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** As the build leaves them: decorators need a compiler. */
const programs = fileURLToPath(
  new URL(
    import.meta.url.includes('/dist/') ? '.' : '../../dist/bench/callbacks/',
    import.meta.url,
  ),
);

type Reply = { result: unknown } | { error: string };

/** A process of the bench that does one thing after the other, as it is told. */
export class Child {
  private constructor(
    private readonly name: string,
    private readonly child: ChildProcess,
  ) {}

  /** @param program path below this folder, without `.js` */
  static start(program: string, nodeArguments: string[] = []): Child {
    const child = fork(`${programs}${program}.js`, [], {
      execArgv: nodeArguments,
      env: { ...process.env, NODE_ENV: undefined, DATABASE_URL: undefined },
    });
    return new Child(program, child);
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** @throws Error where the child throws, or ends */
  async ask<Result>(message: unknown): Promise<Result> {
    const settled = new AbortController();
    const { signal } = settled;
    try {
      this.child.send(message as object);
      const reply = await Promise.race([
        once(this.child, 'message', { signal }).then(([first]) => first as Reply),
        once(this.child, 'exit', { signal }).then(([code]) => ({
          error: `${this.name} ended with ${code}`,
        })),
      ]);
      if ('error' in reply) throw new Error(reply.error);
      return reply.result as Result;
    } finally {
      settled.abort();
    }
  }

  /** Its programs end when they are let go. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.disconnect();
    await exited;
  }
}

/** In the child: does what the parent tells it, until the parent lets it go. */
export function obeyParent(handle: (message: never) => unknown): void {
  process.on('message', (message: unknown) => {
    void (async () => {
      try {
        process.send!({ result: await handle(message as never) });
      } catch (error) {
        process.send!({
          error: error instanceof Error ? (error.stack ?? error.message) : String(error),
        });
      }
    })();
  });
  process.once('disconnect', () => process.exit(0));
}
