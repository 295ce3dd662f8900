import type { DatabaseWork } from '../database/database-process.js';
import type { Platform, ServerContender } from '../servers/contender.js';

export type Contender =
  | { program: 'server'; server: ServerContender; processes: number }
  | { program: 'database'; work: DatabaseWork };

/** One line of the table: a contender under a load. */
export interface Scenario {
  name: string;
  contender: Contender;
  connections: number;
  /** Of the HTTP load: whether connections are kept, or each request has its own. */
  keepAlive: boolean;
  /** Whether a ratio needs it; the others are run less often. */
  isCompared: boolean;
}

/** Names of loads: `keep-alive 64`, `close 256`. */
export type Load = `${'keep-alive' | 'close'} ${number}`;

export const platforms: Platform[] = ['Fastify', 'Express'];
const kinds = ['keep-alive', 'close'] as const;

export const names = {
  http: 'node:http',
  floor: 'floor',
  vendor: "vendor's sample",
  insert: 'pg INSERT',
  transaction: 'pg transaction',
  nest: (platform: Platform) => `Nest ${platform}`,
  module: (platform: Platform) => `module ${platform}`,
  handler: (platform: Platform) => `module ${platform}, handler`,
  confirming: (platform: Platform) => `module ${platform}, confirming`,
};

export function scenarioName(contender: string, load: Load): string {
  return `${contender}, ${load}`;
}

/** Everything that is measured, in the order of the table. */
export function allScenarios(): Scenario[] {
  return [...references(), ...platforms.flatMap(ofModule)];
}

function references(): Scenario[] {
  const http = server(names.http, { kind: 'http' });
  const floor = server(names.floor, { kind: 'floor' });
  const vendor = server(names.vendor, { kind: 'vendor' });
  return [
    ...['keep-alive 64', 'close 64'].map((load) => http(load as Load, false)),
    ...platforms.flatMap((platform) => {
      const nest = server(names.nest(platform), { kind: 'nest', platform });
      return [
        ...kinds.flatMap((kind) => [nest(`${kind} 64`), nest(`${kind} 256`)]),
        nest('keep-alive 1'),
      ];
    }),
    floor('keep-alive 64'),
    floor('close 64'),
    vendor('keep-alive 64'),
    database(names.insert, 'insert', 64),
    database(names.insert, 'insert', 1),
    database(names.transaction, 'transaction', 64),
  ];
}

function ofModule(platform: Platform): Scenario[] {
  const part = { kind: 'module', platform, handler: false, confirms: false } as const;
  const plain = server(names.module(platform), part);
  const handler = server(names.handler(platform), { ...part, handler: true });
  const confirming = server(names.confirming(platform), { ...part, confirms: true });
  const plain2 = server(`${names.module(platform)}, 2 processes`, part, 2);
  const handler2 = server(`${names.handler(platform)}, 2 processes`, { ...part, handler: true }, 2);
  return [
    ...kinds.flatMap((kind) => [plain(`${kind} 64`), plain(`${kind} 256`)]),
    plain('keep-alive 1'),
    ...kinds.flatMap((kind) => [
      handler(`${kind} 64`, kind === 'keep-alive'),
      handler(`${kind} 256`, false),
    ]),
    ...[plain2, handler2].flatMap((make) =>
      kinds.flatMap((kind) => [make(`${kind} 64`, false), make(`${kind} 256`, false)]),
    ),
    ...(platform === 'Fastify' ? [confirming('keep-alive 64', false)] : []),
  ];
}

function server(name: string, contender: ServerContender, processes = 1) {
  return (load: Load, isCompared = true): Scenario => {
    const [kind, connections] = load.split(' ');
    return {
      name: scenarioName(name, load),
      contender: { program: 'server', server: contender, processes },
      connections: Number(connections),
      keepAlive: kind === 'keep-alive',
      isCompared,
    };
  };
}

function database(name: string, work: DatabaseWork, concurrency: number): Scenario {
  return {
    name: scenarioName(name, `keep-alive ${concurrency}`),
    contender: { program: 'database', work },
    connections: concurrency,
    keepAlive: true,
    isCompared: true,
  };
}
