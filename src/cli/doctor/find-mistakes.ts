import { randomBytes } from 'node:crypto';
import { readOssCallbackOptions } from '../../options/config.js';
import { OssCallbackError } from '../../common/errors.js';
import type { OssCallbackOptions, ResolvedOssCallbackOptions } from '../../options/options.js';
import { resolveOssCallbackOptions } from '../../options/validation.js';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface OptionMistake {
  /** As the error names it: an option, or a variable that cannot be read. */
  option: string;
  /** What is wrong and what to write. */
  problem: string;
}

export interface ReadOptions {
  mistakes: OptionMistake[];
  /** With a stand-in for each part that has a mistake. */
  options: ResolvedOssCallbackOptions;
}

const MAX_MISTAKES = 100;
const UNUSABLE_URL = 'https://unusable.invalid';

/**
 * Reads the options as the app does and finds every mistake, not only the first: a part that has one is replaced by
 * a stand-in, and the rest is looked at again.
 */
export function findMistakes(env: Environment): ReadOptions {
  const mistakes: OptionMistake[] = [];
  const readable = { ...env };
  const options = untilGood(
    mistakes,
    () => readOssCallbackOptions(readable),
    (variable) => delete readable[variable],
  );
  const resolved = untilGood(
    mistakes,
    () => resolveOssCallbackOptions(options, env.NODE_ENV?.trim() || undefined),
    (option) => standIn(options, option),
  );
  return { mistakes, options: resolved };
}

function untilGood<T>(
  mistakes: OptionMistake[],
  attempt: () => T,
  mend: (option: string) => unknown,
): T {
  for (;;) {
    try {
      return attempt();
    } catch (error) {
      const mistake = readMistake(error);
      // The same one again: the stand-in does not help, and the error says more than a loop.
      const isNew = !mistakes.some(({ option }) => option === mistake?.option);
      if (!mistake || !isNew || mistakes.length >= MAX_MISTAKES) throw error;
      mistakes.push(mistake);
      mend(mistake.option);
    }
  }
}

function readMistake(error: unknown): OptionMistake | undefined {
  if (!(error instanceof OssCallbackError) || error.code !== 'INVALID_OPTIONS') return undefined;
  const [, option, problem] = /option "([^"]+)" (.*)$/s.exec(error.message) ?? [];
  return option === undefined || problem === undefined ? undefined : { option, problem };
}

function standIn(options: OssCallbackOptions, option: string): void {
  const bucketName = Object.keys(options.buckets).find((name) =>
    option.startsWith(`buckets.${name}.`),
  );
  if (bucketName !== undefined) {
    standInForBucket(options, bucketName, option.slice(`buckets.${bucketName}.`.length));
    return;
  }
  const [group = '', part] = option.replace(/\[\d+\]$/, '').split('.');
  switch (group) {
    case 'publicUrl':
      options.publicUrl = UNUSABLE_URL;
      break;
    case 'buckets':
      options.buckets = { unusable: { bucket: 'unusable', region: 'unusable' } };
      break;
    case 'credentials':
      options.credentials = { accessKeyId: 'unusable', accessKeySecret: 'unusable' };
      break;
    case 'sts':
      options.sts = undefined;
      break;
    case 'localOss':
      // In production it must not be there; else its address is wrong.
      options.localOss = part === undefined ? undefined : { url: UNUSABLE_URL };
      break;
    case 'tickets':
      if (part === 'secrets') standInForSecret(options, option);
      else remove(options.tickets, part);
      break;
    default:
      remove(
        part === undefined ? options : options[group as keyof OssCallbackOptions],
        part ?? group,
      );
  }
}

function standInForBucket(options: OssCallbackOptions, name: string, part: string): void {
  const bucket = options.buckets[name];
  if (!bucket) return;
  const number = Object.keys(options.buckets).indexOf(name);
  if (part === 'bucket') bucket.bucket = `unusable-${number}`;
  else if (part === 'region') bucket.region = 'unusable';
  else remove(bucket, part.split('.')[0]);
}

function standInForSecret({ tickets }: OssCallbackOptions, option: string): void {
  const secret = randomBytes(32).toString('base64');
  const index = /\[(\d+)\]$/.exec(option)?.[1];
  if (index === undefined) tickets.secrets = [secret];
  else tickets.secrets[Number(index)] = secret;
}

function remove(holder: unknown, part: string | undefined): void {
  if (typeof holder === 'object' && holder !== null && part !== undefined) {
    delete (holder as Record<string, unknown>)[part];
  }
}
