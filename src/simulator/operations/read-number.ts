import { OssFailure } from '../server/oss-failure.js';

/**
 * A number of the query.
 * @throws OssFailure where it is none, or out of its range
 */
export function readNumber(
  query: Readonly<Record<string, string>>,
  name: string,
  byDefault: number,
  { min, max }: { min: number; max: number },
): number {
  const text = query[name];
  if (text === undefined || text === '') return byDefault;
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw new OssFailure('InvalidArgument', {
    message: `Argument ${name} must be an integer between ${min} and ${max}.`,
    details: { ArgumentName: name, ArgumentValue: text },
  });
}
