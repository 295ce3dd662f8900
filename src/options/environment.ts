import type { OssCallbackOptions } from './options.js';

/** Under this, options that were read from the environment keep where each of them came from. */
const SOURCES = Symbol('OSS_CALLBACK_OPTION_SOURCES');

interface Source {
  variable: string;
  path: readonly string[];
  /** What the option was set to; another value in its place is the app's own. */
  value: unknown;
}

type WithSources = OssCallbackOptions & { [SOURCES]?: ReadonlyMap<string, Source> };

/** Reads options from environment variables, and notes which option is set by which variable. */
export class EnvironmentReader {
  private readonly sources = new Map<string, Source>();

  /** @param env names to texts; an empty text is the same as none */
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

  /** The text of an option that has no default. */
  required(variable: string | readonly string[], ...path: string[]): string {
    const text = this.text(variable, ...path);
    return text ?? this.note([variable].flat()[0]!, path, '');
  }

  list(variable: string, ...path: string[]): string[] {
    const texts = (this.get(variable) ?? '').split(/[\s,]+/).filter(Boolean);
    return this.note(variable, path, texts);
  }

  /** A text that is no number stays as it is, for the check of the options to name. */
  number(variable: string, ...path: string[]): number | undefined {
    const text = this.get(variable);
    const value = text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : text;
    return this.note(variable, path, value as number | undefined);
  }

  /** A text that is neither `true` nor `false` stays as it is, for the check of the options to name. */
  boolean(variable: string, ...path: string[]): boolean | undefined {
    const text = this.get(variable);
    const lowerCase = text?.toLowerCase();
    const value = lowerCase === 'true' || (lowerCase === 'false' ? false : text);
    return this.note(variable, path, value as boolean | undefined);
  }

  /** Notes that a variable decides on a value that was made of others. @returns the value */
  note<T>(variable: string, path: readonly string[], value: T): T {
    this.sources.set(path.join('.'), { variable, path, value });
    return value;
  }

  /** The options with what is known of their sources, which stays with them when they are spread. */
  withSources(options: OssCallbackOptions): OssCallbackOptions {
    return Object.assign(options, { [SOURCES]: this.sources });
  }

  private get(name: string): string | undefined {
    return this.env[name]?.trim() || undefined;
  }
}

/**
 * The environment variable that set an option, or would set one that is missing.
 * @param option path of the option, for example `buckets.main.region`
 * @returns nothing for a value that the app has set itself
 */
export function variableOf(options: OssCallbackOptions, option: string): string | undefined {
  const source = (options as WithSources)[SOURCES]?.get(option.replace(/\[\d+\]$/, ''));
  const value = source?.path.reduce<unknown>(
    (holder, name) => (holder as Record<string, unknown> | undefined)?.[name],
    options,
  );
  return value === source?.value ? source?.variable : undefined;
}
