/** One mistake in the options. */
export interface OptionMistake {
  /** Path of the option, for example `buckets.main.region` or `tickets.secrets[0]`. */
  option: string;
  /** What is wrong and what to write, as the rest of a sentence that begins with the option. Never a secret. */
  problem: string;
  /** The environment variable that sets the option, if its value was read from there; or two, joined by "and". */
  variable?: string;
}

/** A mistake as a sentence. */
export function describeMistake({ option, problem, variable }: OptionMistake): string {
  const variables = variable?.includes(' and ') ? 'variables' : 'variable';
  return `option "${option}"${variable === undefined ? '' : ` (${variables} ${variable})`} ${problem}`;
}

export interface Mistaken {
  ok: false;
  /** Empty if the mistake is in another option, whose check reports it. */
  mistakes: readonly OptionMistake[];
}

/** Outcome of an option's check: the value to use, defaults included, or every mistake in it. */
export type Checked<T> = { ok: true; value: T } | Mistaken;

export function valid<T>(value: T): Checked<T> {
  return { ok: true, value };
}

export function mistaken(option: string, problem: string): Mistaken {
  return { ok: false, mistakes: [{ option, problem }] };
}

/** The outcome of a check that cannot decide because of a mistake in another option. */
export const undecided: Mistaken = { ok: false, mistakes: [] };

export function mistakesOf(checked: Checked<unknown>): readonly OptionMistake[] {
  return checked.ok ? [] : checked.mistakes;
}

/** One object of the values of several checks, or the mistakes of all of them. */
export function combine<T extends object>(checks: {
  readonly [Name in keyof T]: Checked<T[Name]>;
}): Checked<T> {
  const entries = Object.entries<Checked<unknown>>(checks);
  const values = entries.flatMap(([name, checked]) =>
    checked.ok ? [[name, checked.value] as const] : [],
  );
  return values.length === entries.length
    ? valid(Object.fromEntries(values) as T)
    : { ok: false, mistakes: entries.flatMap(([, checked]) => mistakesOf(checked)) };
}

/** The same for a list. */
export function combineAll<T>(checks: readonly Checked<T>[]): Checked<T[]> {
  const values = checks.flatMap((checked) => (checked.ok ? [checked.value] : []));
  return values.length === checks.length
    ? valid(values)
    : { ok: false, mistakes: checks.flatMap(mistakesOf) };
}
