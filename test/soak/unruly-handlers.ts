import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { OnUploadCompleted, OssUpload } from '../../src/index.js';
import { leaveEffect } from './app-handlers.js';

/** What the handlers of an upload do; its key begins with the name. Which attempt does what is decided by its number. */
export const behaviours = [
  'good',
  'fails-at-random',
  'hangs',
  'hangs-in-database',
  'swallows-database-error',
  'second-fails-twice',
  'crashes',
  'always-fails',
  'always-crashes',
] as const;
export type Behaviour = (typeof behaviours)[number];

const forever = () => new Promise<never>(() => undefined);

const misbehave: Record<Behaviour, (upload: OssUpload, manager: EntityManager) => unknown> = {
  good: () => undefined,
  'fails-at-random': ({ id, attempts }) => {
    const [byte = 0] = createHash('sha256').update(`${id} ${attempts}`).digest();
    if (byte < 100) throw new Error('bad luck');
  },
  hangs: ({ attempts }) => (attempts === 1 ? forever() : undefined),
  'hangs-in-database': ({ attempts }, manager) =>
    attempts === 1 ? manager.query('SELECT pg_sleep(60)') : undefined,
  'swallows-database-error': async ({ attempts }, manager) => {
    if (attempts <= 2) await manager.query('SELECT 1 / 0').catch(() => undefined);
  },
  'second-fails-twice': () => undefined,
  crashes: ({ attempts }) => (attempts === 1 ? crash() : undefined),
  'always-fails': () => {
    throw new Error('never');
  },
  'always-crashes': () => crash(),
};

function crash(): Promise<never> {
  process.kill(process.pid, 'SIGKILL');
  return forever();
}

function behaviourOf({ object }: OssUpload): Behaviour {
  return object.split('/')[0] as Behaviour;
}

@Injectable()
export class UnrulyHandlers {
  @OnUploadCompleted()
  async first(upload: OssUpload, manager: EntityManager) {
    await leaveEffect(upload, manager, 'first');
    await misbehave[behaviourOf(upload)](upload, manager);
  }

  @OnUploadCompleted()
  async second(upload: OssUpload, manager: EntityManager) {
    await leaveEffect(upload, manager, 'second');
    if (behaviourOf(upload) === 'second-fails-twice' && upload.attempts <= 2) {
      throw new Error(`not at attempt ${upload.attempts}`);
    }
  }
}
