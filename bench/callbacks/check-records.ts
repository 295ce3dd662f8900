import type { Contender } from './plan/scenarios.js';

/** What is on record after a run. */
export interface Records {
  completed: number;
  /** Effects of handlers. */
  handled: number;
}

/**
 * Holds the records against the answers: each upload that was acknowledged is completed, and was handled once.
 * @throws Error where there are more or fewer
 */
export function checkRecords(contender: Contender, answered: number, found: Records): void {
  const expected: Records = {
    completed: recordsUploads(contender) ? answered : 0,
    handled: runsHandler(contender) ? answered : 0,
  };
  if (found.completed === expected.completed && found.handled === expected.handled) return;
  throw new Error(
    `${answered} answers came, so ${describe(expected)} should be on record; found are ${describe(found)}`,
  );
}

/** Whether its answers are about uploads; the others answer a fixed text. */
export function recordsUploads(contender: Contender): boolean {
  return contender.program === 'database' || contender.server.kind !== 'nest';
}

/** Whether there must be an object for each upload that is reported to it. */
export function looksObjectsUp(contender: Contender): boolean {
  return (
    contender.program === 'server' &&
    contender.server.kind === 'module' &&
    contender.server.confirms
  );
}

function runsHandler(contender: Contender): boolean {
  if (contender.program === 'database') return contender.work === 'transaction';
  return contender.server.kind === 'module' && contender.server.handler;
}

function describe({ completed, handled }: Records): string {
  return `${completed} completed uploads and ${handled} effects of the handler`;
}
