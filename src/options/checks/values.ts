import { shown as shownInLog } from '../../common/log-text.js';
import { whyUnreachable } from '../../protocol/callback/public-host.js';
import { type Checked, mistaken, valid } from './checked.js';

export function integer(
  option: string,
  value: unknown,
  byDefault: number,
  [min, max]: readonly [min: number, max: number],
): Checked<number> {
  const given = value ?? byDefault;
  return typeof given === 'number' && Number.isInteger(given) && given >= min && given <= max
    ? valid(given)
    : mistaken(option, `is ${shown(given)}. Write a whole number from ${min} to ${max}.`);
}

export function boolean(option: string, value: unknown, byDefault: boolean): Checked<boolean> {
  const given = value ?? byDefault;
  return typeof given === 'boolean'
    ? valid(given)
    : mistaken(option, `is ${shown(given)}. Write true or false.`);
}

/**
 * A group of options, all of which may be left out.
 * @param shape what to write in place of a value that is no object
 */
export function group<T extends object>(
  option: string,
  value: T | undefined,
  shape: string,
): Checked<Partial<T>> {
  if (value === undefined) return valid({});
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? valid(value)
    : mistaken(option, `is ${shown(value)}. Write ${shape}.`);
}

/** The beginning of a sentence about a value that is not valid. */
export function isWhat(value: unknown, expected?: string): string {
  if (value === undefined || value === '') return 'is missing';
  return `is ${shown(value)}${expected === undefined ? '' : `, not ${expected}`}`;
}

/** A value as an error may repeat it: without the user and password of a URL, and without what is in an object. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.replace(/\/\/[^/?#]*@/, '//***@'));
  return shownInLog(value);
}

/** As files of variables are sometimes written whose reader leaves the quotes in. */
export function isInQuotes(text: string): boolean {
  return /^(["']).*\1$/s.test(text);
}

/**
 * Scheme and host of a server that the app sends requests to.
 * @param example what to write, as in `scheme and host, as in "https://oss-cn-hangzhou.aliyuncs.com"`
 */
export function endpointUrl(
  option: string,
  value: unknown,
  { example, production }: { example: string; production: boolean },
): Checked<URL> {
  const url = toOrigin(value);
  if (!url) return mistaken(option, `is ${shown(value)}. Write ${example}.`);
  return production && isLoopback(url.hostname)
    ? mistaken(
        option,
        `is ${shown(value)}, which is this machine, although NODE_ENV is "production". Remove it.`,
      )
    : valid(url);
}

/** @param text of an http(s) URL without path, query and user */
export function toOrigin(text: unknown): URL | undefined {
  const url = toHttpUrl(text);
  return url?.pathname === '/' && !url.search && !url.hash && !url.username && !url.password
    ? url
    : undefined;
}

export function toHttpUrl(text: unknown): URL | undefined {
  if (typeof text !== 'string' || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined;
}

/**
 * What is wrong with the host of a URL that OSS should call, as the rest of a sentence.
 * @param url complete
 */
export function unreachableUrl(url: string): string | undefined {
  const { hostname } = new URL(url);
  const problem = whyUnreachable(hostname);
  return problem && `is ${shown(url)}, which OSS cannot reach: ${hostname} ${problem}`;
}

export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname.startsWith('127.') ||
    ['0.0.0.0', '[::]', '[::1]'].includes(hostname)
  );
}
