import type { DatabaseWork } from '../database/database-process.js';
import type { Platform, ServerContender } from '../servers/contender.js';

export type Contender =
  { program: 'server'; server: ServerContender } | { program: 'database'; work: DatabaseWork };

/** One line of the table: a contender under a load. */
export interface Scenario {
  name: string;
  contender: Contender;
  connections: number;
  /** Of the HTTP load: whether connections are kept, or each request has its own. */
  keepAlive: boolean;
}

/** Names of loads: `keep-alive 64`, `close 256`. */
export type Load = `${'keep-alive' | 'close'} ${number}`;

export const platforms: Platform[] = ['Fastify', 'Express'];
const kinds = ['keep-alive', 'close'] as const;

export const names = {
  floor: 'floor',
  insert: 'pg INSERT',
  transaction: 'pg transaction',
  nest: (platform: Platform) => `Nest ${platform}`,
  handWritten: (platform: Platform) => `hand-written ${platform}`,
  module: (platform: Platform) => `module ${platform}`,
  handler: (platform: Platform) => `module ${platform}, handler`,
  confirming: (platform: Platform) => `module ${platform}, confirming`,
};

export function scenarioName(contender: string, load: Load): string {
  return `${contender}, ${load}`;
}

/** What the ratios need, in the order of the table. */
export function allScenarios(): Scenario[] {
  return [...references(), ...platforms.flatMap(ofModule)];
}

function references(): Scenario[] {
  const floor = server(names.floor, { kind: 'floor' });
  return [
    ...platforms.flatMap((platform) => {
      const nest = server(names.nest(platform), { kind: 'nest', platform });
      const loads: Load[] = ['keep-alive 1', 'keep-alive 64', 'keep-alive 256', 'close 256'];
      const handWritten = server(names.handWritten(platform), { kind: 'hand-written', platform });
      return [
        ...[...loads, ...(platform === 'Express' ? (['close 64'] as const) : [])].map(nest),
        handWritten('keep-alive 64'),
      ];
    }),
    floor('keep-alive 64'),
    floor('close 64'),
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
  return [
    ...kinds.flatMap((kind) => [plain(`${kind} 64`), plain(`${kind} 256`)]),
    plain('keep-alive 1'),
    handler('keep-alive 64'),
    confirming('keep-alive 64'),
  ];
}

function server(name: string, contender: ServerContender) {
  return (load: Load): Scenario => {
    const [kind, connections] = load.split(' ');
    return {
      name: scenarioName(name, load),
      contender: { program: 'server', server: contender },
      connections: Number(connections),
      keepAlive: kind === 'keep-alive',
    };
  };
}

function database(name: string, work: DatabaseWork, concurrency: number): Scenario {
  return {
    name: scenarioName(name, `keep-alive ${concurrency}`),
    contender: { program: 'database', work },
    connections: concurrency,
    keepAlive: true,
  };
}
