import { elapsedCpuMs } from '../support/cpu-time.js';

/** Texts that make a search begin again and again, or go back and forth: a part that is repeated, and what ends it. */
const SHAPES: readonly (readonly [start: string, repeated: string, end: string])[] = [
  ['', 'a', '\u0001'],
  ['', 'aA', ''],
  ['', '1', 'x'],
  ['-', '0', '.'],
  ['', '\n', 'x'],
  ['', '\r\n', 'x'],
  ['\ufeff', ' ', '{'],
  ['<ETag>', ' ', ''],
  ['', '/', 'x'],
  ['/', 'a/', '?'],
  ['/', '-', '/x'],
  ['/?', 'a&', ''],
  ['http://', ':', '@'],
  ['/', '%2F', '%'],
  ['', '%', 'a='],
  ['/', '%25', '?'],
  ['/', '+', '?+'],
  ['', '=', '&'],
  ['', 'a=&', ''],
  ['', 'a="&', ''],
  ['a="', '\\"', ''],
  ['{"', '\\"', ''],
  ['{"a":"', '\\u0000', ''],
  ['', '"', ''],
  ['{"a":', '[', ''],
  ['', '{"a":', ''],
  ['{', '"a":1,', ''],
  ['{"a":', '1', 'e'],
  ['', '{', ''],
  ['', '}', '{'],
  ['', '${', ''],
  ['"', '${a}', ''],
  ['', '<Part>', ''],
  ['', '<Part><ETag>', '</Part>'],
  ['', '&amp', ';'],
  ['', '&#1', ';'],
  ['', '-_', 'A'],
  ['a', '_a', '_'],
  ['', '文', '\u0001'],
  ['', '\u00e9', '\u0101'],
  ['', '\ud83d', ''],
  ['', '\u202e', ''],
  ['a/b', ';', 'x'],
  ['image/', 'p,', ''],
  ['', ', ', ''],
];

export const shapes = SHAPES.map(([start, repeated, end]) => ({
  name: JSON.stringify(`${start}${repeated}…${end}`),
  of(length: number): string {
    const room = length - start.length - end.length;
    return start + repeated.repeat(Math.floor(room / repeated.length)) + end;
  },
}));

export function cpuMsOf(work: () => unknown): number {
  const startedAt = process.cpuUsage();
  work();
  return elapsedCpuMs(startedAt);
}

/** The least of several calls: what the engine does now and then is not in it. */
export function leastCpuMsOf(work: () => unknown): number {
  return Math.min(...Array.from({ length: 3 }, () => cpuMsOf(work)));
}

/** What is eight times as long takes eight times as long; 64 times where each place is looked at from each other one. */
export const MOST_GROWTH = 24;
const LOOKS = 4;

/**
 * How much longer eight times as much takes: a collection of garbage, or a compiler at work, makes one look wrong; what
 * grows faster does so each time.
 */
export async function leastGrowth(look: () => number | Promise<number>): Promise<number> {
  let growth = Infinity;
  for (let count = 0; growth >= MOST_GROWTH && count < LOOKS; count += 1) {
    growth = Math.min(growth, await look());
  }
  return growth;
}
