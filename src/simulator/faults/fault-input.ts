import type { Fault, FaultScope } from './faults.js';

type Kind = 'string' | 'number' | 'boolean' | 'string?' | 'boolean?' | 'number?';

/** The fields of each fault besides `at` and `effect`. */
const FAULTS: Readonly<Record<string, Readonly<Record<string, Kind>>>> = {
  'callback drop': {},
  'callback fail': { message: 'string' },
  'callback lose-answer': {},
  'callback deliver-twice': { concurrently: 'boolean?' },
  'callback delay': { delayMs: 'number' },
  'callback deliver-after-overwrite': { body: 'string?' },
  'callback tamper-body': { body: 'string?' },
  'callback tamper-signature': {},
  'callback foreign-key-url': { url: 'string?' },
  'upload answer': { status: 'number', afterStoring: 'boolean?' },
  'upload delay': { delayMs: 'number' },
  'upload cut': { afterBytes: 'number' },
  'head-object answer': { status: 'number' },
  'head-object delay': { delayMs: 'number' },
};

const SCOPE: Readonly<Record<string, Kind>> = {
  times: 'number?',
  bucket: 'string?',
  object: 'string?',
  operation: 'string?',
};

/** Reads a fault from JSON, in which the fields of its scope stand beside its own. */
export function readFault(
  json: unknown,
): { fault: Fault; scope: FaultScope } | { problem: string } {
  if (typeof json !== 'object' || json === null)
    return { problem: 'A fault must be a JSON object.' };
  const given = new Map(Object.entries(json));
  const at = String(given.get('at'));
  const effect = String(given.get('effect'));
  const name = `${at} ${effect}`;
  const fields = Object.hasOwn(FAULTS, name) ? FAULTS[name] : undefined;
  if (!fields) {
    return {
      problem: `There is no fault "${name}". Choose one of ${Object.keys(FAULTS).join(', ')}.`,
    };
  }
  given.delete('at');
  given.delete('effect');
  const known: Readonly<Record<string, Kind>> = { ...fields, ...SCOPE };
  for (const [field, value] of given) {
    const kind = Object.hasOwn(known, field) ? known[field] : undefined;
    if (!kind) return { problem: `The fault "${name}" has no "${field}".` };
    if (!isOfKind(value, kind)) return { problem: `"${field}" is not a ${kind.replace('?', '')}.` };
  }
  const missing = Object.entries(fields).find(
    ([field, kind]) => !kind.endsWith('?') && !given.has(field),
  );
  if (missing) return { problem: `The fault "${name}" needs "${missing[0]}".` };
  const status = given.get('status');
  if (typeof status === 'number' && !(status >= 400 && status <= 599)) {
    return { problem: '"status" must be a number from 400 to 599.' };
  }
  const entries = [...given];
  const pick = (names: object) =>
    Object.fromEntries(entries.filter(([field]) => Object.hasOwn(names, field)));
  return { fault: { at, effect, ...pick(fields) } as Fault, scope: pick(SCOPE) };
}

function isOfKind(value: unknown, kind: Kind): boolean {
  if (kind.startsWith('string')) return typeof value === 'string';
  if (kind.startsWith('boolean')) return typeof value === 'boolean';
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 31;
}
