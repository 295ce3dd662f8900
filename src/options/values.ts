import { invalidOption } from '../common/errors.js';

/** A whole number of the options, or its default. */
export function integer<T extends object>(
  holder: T,
  name: keyof T & string,
  byDefault: number,
  min: number,
  max: number,
  prefix = '',
): number {
  const value: unknown = holder[name] ?? byDefault;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw invalidOption(
      `${prefix}${name}`,
      `is ${JSON.stringify(value)}. Write a whole number from ${min} to ${max}.`,
    );
  }
  return value;
}

/** A value as an error may repeat it: without the user and password of a URL. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? value.replace(/\/\/[^/?#]*@/, '//***@') : value;
  return JSON.stringify(text);
}

export function toHttpUrl(text: string): URL | undefined {
  try {
    const url = new URL(text);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined;
  } catch {
    return undefined;
  }
}

export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname.startsWith('127.') ||
    ['0.0.0.0', '[::]', '[::1]'].includes(hostname)
  );
}
