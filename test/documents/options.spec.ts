import { describe, expect, it, vi } from 'vitest';
import { OssCallbackError, type OssCallbackOptions } from '../../src/index.js';
import { readOssCallbackOptions } from '../../src/options/config.js';
import type { ResolvedOssCallbackOptions } from '../../src/options/resolved.js';
import { resolveOssCallbackOptions } from '../../src/options/validation.js';
import { codeOf, readDocument, tableRows } from './document-tables.js';
import { ANY_BUCKET, optionPaths } from './option-types.js';

const OPTIONS = 'src/options/options.ts';
const OBJECT_OPTIONS = 'src/protocol/object-options.ts';
const UPLOADS = 'src/upload/upload-request.ts';

const ENV = {
  OSS_PUBLIC_URL: 'https://api.example.com',
  OSS_BUCKET: 'acme-uploads',
  OSS_REGION: 'cn-hangzhou',
  OSS_ACCESS_KEY_ID: 'LTAI5t1234567890',
  OSS_ACCESS_KEY_SECRET: 'abcdefghij1234567890',
  OSS_TICKET_SECRETS: 'Zm9yIHRlc3RzIG9ubHksIGJ1dCBsb25nIGVub3VnaA==',
  OSS_STS_ROLE_ARN: 'acs:ram::1234567890123456:role/uploader',
  OSS_LOCAL_URL: 'http://127.0.0.1:9100',
};
/** Paths whose parts have rows of their own, so that a row for the whole is a choice of the document. */
const GROUPS = ['buckets', 'credentials', 'sts', 'callback', 'tickets', 'publicKeys', 'rejections'];

function minimal(): OssCallbackOptions {
  const { localOss: _, ...options } = readOssCallbackOptions(ENV);
  return options;
}

/** Without the value of NODE_ENV that the tests run with. */
function resolved(options: OssCallbackOptions): ResolvedOssCallbackOptions {
  vi.stubEnv('NODE_ENV', undefined);
  try {
    return resolveOssCallbackOptions(options);
  } finally {
    vi.unstubAllEnvs();
  }
}

/** The value at a path; buckets by the name that the environment's only one has. */
function at(holder: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, part) => {
    const name = part === ANY_BUCKET ? 'main' : part;
    if (value instanceof Map) return value.get(name) as unknown;
    return (value as Record<string, unknown> | undefined)?.[name];
  }, holder);
}

function withValue(path: string, value: unknown): OssCallbackOptions {
  const options = minimal();
  const parts = path.split('.').map((part) => (part === ANY_BUCKET ? 'main' : part));
  let holder = options as unknown as Record<string, unknown>;
  for (const part of parts.slice(0, -1)) {
    holder = (holder[part] ??= {}) as Record<string, unknown>;
  }
  holder[parts.at(-1)!] = value;
  return options;
}

/** The range that the check of an option allows; nothing where it is no whole number. */
function rangeOf(path: string): string[] | undefined {
  try {
    resolved(withValue(path, 0.5));
  } catch (error) {
    const { message } = error as OssCallbackError;
    return /Write a whole number from (\d+) to (\d+)/.exec(message)?.slice(1);
  }
  return undefined;
}

function otherThan(value: unknown): string {
  if (typeof value === 'number') return '901';
  return typeof value === 'boolean' ? String(!value) : 'never';
}

describe.each(['docs/options.md', 'docs/options.zh-CN.md'])('%s', (document) => {
  const text = readDocument(document);
  const rows = tableRows(text);
  // the last section is about uploads, whose fields have no variables
  const options = rows.filter(({ cells }) => cells.length === 5);
  const ofUploads = tableRows(text.slice(text.lastIndexOf('\n## ')));
  const defaults = resolved(minimal());

  it('has a row for every option, and no other', () => {
    const known = optionPaths([OPTIONS], 'OssCallbackOptions').filter(
      (path) => !GROUPS.includes(path) && path !== 'localOss',
    );
    const parts = (path: string) => /^buckets\.BUCKET\.(credentials|sts)\../.test(path);
    expect(options.map(({ name }) => name).toSorted()).toEqual(
      known.filter((path) => !parts(path)).toSorted(),
    );
    const early = rows.filter((row) => row.cells.length === 4).map(({ name }) => name);
    expect(early.slice(0, -ofUploads.length)).toEqual(
      optionPaths([OPTIONS], 'OssCallbackModuleExtras'),
    );
  });

  it.each(options.map(({ name, cells }) => [name, cells] as const))(
    'says what %s is by default, and its range',
    (path, [, , range = '', byDefault = '']) => {
      const given = at(minimal(), path) !== undefined;
      const value = at(defaults, path);
      if (!given && ['number', 'boolean', 'string'].includes(typeof value)) {
        const code = codeOf(byDefault)?.replace('<region>', 'cn-hangzhou') ?? byDefault;
        const sibling = path.replace(/[^.]+$/, code);
        expect([code, String(at(defaults, sibling))]).toContain(String(value));
      }
      const limits = rangeOf(path);
      const written = range.match(/\d[\d,]*/g)?.map((number) => number.replaceAll(',', ''));
      if (limits) expect(written).toEqual(limits);
      if (path.endsWith('Seconds')) expect(range).toMatch(/^(seconds|秒)/);
      if (path.endsWith('Ms')) expect(range).toMatch(/^(milliseconds|毫秒)/);
      if (path.endsWith('Bytes')) expect(range).toMatch(/^(bytes|字节)/);
    },
  );

  it('names every variable of .env.example', () => {
    const variables = readDocument('.env.example').matchAll(/^(OSS_\w+)=/gm);
    const several = ['OSS_BUCKETS'];
    const named = options.flatMap(({ cells }) => codeOf(cells[4] ?? '') ?? []);
    expect([...named, ...several].toSorted()).toEqual(
      [...variables].map(([, name = '']) => name).toSorted(),
    );
  });

  const variables = options.flatMap(({ name, cells }) => {
    const variable = codeOf(cells[4] ?? '');
    return variable === undefined ? [] : [[variable, name] as const];
  });
  it.each(variables)('%s sets %s', (variable, path) => {
    // without the key and the role, whose parts are there together or not at all
    const isPart = path.startsWith('credentials.') || path.startsWith('sts.');
    const env: Record<string, string> = { ...ENV };
    if (!isPart) delete env[variable];
    const before = at(readOssCallbackOptions(env), path);
    const value =
      variable in ENV ? `${ENV[variable as keyof typeof ENV]}-2` : otherThan(at(defaults, path));
    const isSwitch = path === 'handlers' || path === 'reconciliation';
    const text = isSwitch ? 'false' : path === 'sts.durationSeconds' ? '901' : value;
    const after = at(readOssCallbackOptions({ ...env, [variable]: text }), path);
    expect([after].flat().map(String)).toEqual([text]);
    expect(after).not.toEqual(before);
  });

  it('has the fields of an upload, and no other', () => {
    const fields = optionPaths([OBJECT_OPTIONS, UPLOADS], 'UploadRequest');
    expect(ofUploads.map(({ name }) => name).toSorted()).toEqual(fields.toSorted());
  });
});
