import type { OssCallbackOptions } from './options.js';

/** The key under which options keep the environment variable that set each of them. */
const SOURCES = Symbol('OSS_CALLBACK_OPTION_SOURCES');

interface Source {
  variable: string;
  path: readonly string[];
  /** The value that the variable gave the option; if it has another one now, the app has set it. */
  value: unknown;
}

type WithSources = OssCallbackOptions & { [SOURCES]?: ReadonlyMap<string, Source> };

/** Reads options from environment variables, and remembers which variable set which option. */
export class EnvironmentReader {
  private readonly sources = new Map<string, Source>();

  /** @param env variables by name; an empty value is the same as none */
  constructor(private readonly env: Readonly<Record<string, string | undefined>>) {}

  has(variable: string): boolean {
    return this.get(variable) !== undefined;
  }

  /**
   * @param variable one name, or several in the order of their precedence
   * @param path of the option that it sets
   */
  text(variable: string | readonly string[], ...path: string[]): string | undefined {
    const names = [variable].flat();
    const used = names.find((name) => this.has(name)) ?? names[0]!;
    return this.note(used, path, this.get(used));
  }

  /** Reads an option that has no default. */
  required(variable: string | readonly string[], ...path: string[]): string {
    const text = this.text(variable, ...path);
    return text ?? this.note([variable].flat()[0]!, path, '');
  }

  list(variable: string, ...path: string[]): string[] {
    const texts = (this.get(variable) ?? '').split(/[\s,]+/).filter(Boolean);
    return this.note(variable, path, texts);
  }

  /** A value that is not a number is kept unchanged, so that the check of the options reports it. */
  number(variable: string, ...path: string[]): number | undefined {
    const text = this.get(variable);
    const value = text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : text;
    return this.note(variable, path, value as number | undefined);
  }

  /** A value that is neither `true` nor `false` is kept unchanged, so that the check of the options reports it. */
  boolean(variable: string, ...path: string[]): boolean | undefined {
    const text = this.get(variable);
    const lowerCase = text?.toLowerCase();
    const value = lowerCase === 'true' || (lowerCase === 'false' ? false : text);
    return this.note(variable, path, value as boolean | undefined);
  }

  /**
   * Remembers the variable that decides about a value that consists of several options.
   * @returns the value
   */
  note<T>(variable: string, path: readonly string[], value: T): T {
    this.sources.set(path.join('.'), { variable, path, value });
    return value;
  }

  /** Adds the variables of the options to them, in a way that survives spreading. */
  withSources(options: OssCallbackOptions): OssCallbackOptions {
    return Object.assign(options, { [SOURCES]: this.sources });
  }

  private get(name: string): string | undefined {
    return this.env[name]?.trim() || undefined;
  }
}

/**
 * The environment variable that set an option, or would set a missing one.
 * @param option path of the option, for example `buckets.main.region`
 * @returns `undefined` if the app has set the value itself
 */
export function variableOf(options: OssCallbackOptions, option: string): string | undefined {
  const source = (options as WithSources)[SOURCES]?.get(option.replace(/\[\d+\]$/, ''));
  const value = source?.path.reduce<unknown>(
    (holder, name) => (holder as Record<string, unknown> | undefined)?.[name],
    options,
  );
  return value === source?.value ? source?.variable : undefined;
}
