import type { Fault, FaultScope } from './faults.js';

type Kind = 'text' | 'number' | 'boolean' | 'text?' | 'boolean?' | 'number?';

/** What each fault is made of, besides `at` and `effect`. */
const FAULTS: Readonly<Record<string, Readonly<Record<string, Kind>>>> = {
  'callback drop': {},
  'callback fail': { message: 'text' },
  'callback lose-answer': {},
  'callback deliver-twice': { concurrently: 'boolean?' },
  'callback delay': { delayMs: 'number' },
  'callback deliver-after-overwrite': { body: 'text?' },
  'callback tamper-body': { body: 'text?' },
  'callback tamper-signature': {},
  'callback foreign-key-url': { url: 'text?' },
  'upload answer': { status: 'number', afterStoring: 'boolean?' },
  'upload delay': { delayMs: 'number' },
  'upload cut': { afterBytes: 'number' },
  'head-object answer': { status: 'number' },
  'head-object delay': { delayMs: 'number' },
};

const SCOPE: Readonly<Record<string, Kind>> = {
  times: 'number?',
  bucket: 'text?',
  object: 'text?',
  operation: 'text?',
};

/** Reads a fault that somebody sent as JSON: the fault's own fields and, beside them, those of its scope. */
export function readFault(
  json: unknown,
): { fault: Fault; scope: FaultScope } | { problem: string } {
  if (typeof json !== 'object' || json === null) return { problem: 'A fault is a JSON object.' };
  const given = new Map(Object.entries(json));
  const at = String(given.get('at'));
  const effect = String(given.get('effect'));
  const name = `${at} ${effect}`;
  const fields = Object.hasOwn(FAULTS, name) ? FAULTS[name] : undefined;
  if (!fields) {
    return { problem: `There is no fault "${name}"; there are ${Object.keys(FAULTS).join(', ')}.` };
  }
  given.delete('at');
  given.delete('effect');
  const known: Readonly<Record<string, Kind>> = { ...fields, ...SCOPE };
  for (const [field, value] of given) {
    const kind = Object.hasOwn(known, field) ? known[field] : undefined;
    if (!kind) return { problem: `The fault "${name}" has no "${field}".` };
    if (!isOfKind(value, kind)) return { problem: `"${field}" is no ${kind.replace('?', '')}.` };
  }
  const missing = Object.entries(fields).find(
    ([field, kind]) => !kind.endsWith('?') && !given.has(field),
  );
  if (missing) return { problem: `The fault "${name}" needs "${missing[0]}".` };
  const status = given.get('status');
  if (typeof status === 'number' && !(status >= 400 && status <= 599)) {
    return { problem: '"status" is one from 400 to 599.' };
  }
  const entries = [...given];
  const pick = (names: object) =>
    Object.fromEntries(entries.filter(([field]) => Object.hasOwn(names, field)));
  return { fault: { at, effect, ...pick(fields) } as Fault, scope: pick(SCOPE) };
}

function isOfKind(value: unknown, kind: Kind): boolean {
  if (kind.startsWith('text')) return typeof value === 'string';
  if (kind.startsWith('boolean')) return typeof value === 'boolean';
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 31;
}
