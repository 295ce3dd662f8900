import { parseArgs } from 'node:util';
import { messageOf } from '../common/error-text.js';
import { isAcl } from './authentication/access.js';
import { parseCallbackHost } from './callbacks/callback-hosts.js';
import type { OssSimulatorOptions, SimulatorBucket, SimulatorCredentials } from './options.js';
import { isBucketName } from './server/resource.js';

const OPTIONS = {
  port: { type: 'string' },
  host: { type: 'string' },
  data: { type: 'string' },
  bucket: { type: 'string', multiple: true },
  region: { type: 'string' },
  'default-bucket': { type: 'string' },
  'access-key': { type: 'string', multiple: true },
  'no-signatures': { type: 'boolean' },
  strict: { type: 'boolean' },
  'callback-host': { type: 'string', multiple: true },
  'callback-timeout': { type: 'string' },
  'allowed-host': { type: 'string', multiple: true },
  'cors-origin': { type: 'string', multiple: true },
  'key-bits': { type: 'string' },
  quiet: { type: 'boolean' },
  verbose: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

export const HELP = `oss-simulator: a local Alibaba Cloud OSS for development and tests

Usage: npx oss-simulator [options]

  --port <number>              port to listen on; default 9100, 0 for a free one
  --host <address>             address to listen on; default 127.0.0.1. Elsewhere the control API is off
  --data <folder>              folder for objects, uploads, buckets and the key; default in memory
  --bucket <name>[:<acl>]      a bucket, repeatable; default: every valid name exists
  --region <region>            region of the buckets, also of those that clients create, such as cn-hangzhou; default any
  --default-bucket <name>      bucket of requests that name none
  --access-key <id>:<secret>   an access key, repeatable
  --no-signatures              accept every request without checking its signature
  --strict                     reject callback URLs that OSS could not reach, such as private addresses
  --callback-host <host:port>  the only address that callbacks are sent to, such as 127.0.0.1:3000, repeatable; a host
                               for all its ports, * for all hosts. Default: all ports of this machine, unless --host or
                               --cors-origin lets others send uploads
  --callback-timeout <ms>      time for the app to answer a callback; default 5000
  --allowed-host <name>        host name for requests, in addition to localhost, IP addresses and *.aliyuncs.com;
                               repeatable
  --cors-origin <origin>       origin of web pages that may use the buckets, in addition to this machine; * for all,
                               repeatable
  --key-bits <number>          size of the key that signs callbacks; default 512, as in OSS
  --quiet                      do not log requests
  --verbose                    log URLs with their query
  -h, --help                   show this text
  -v, --version                show the version

Exit codes: 0 after SIGINT or SIGTERM, 1 if it could not start, 2 if an option is wrong.
`;

export type CliCommand =
  | { run: 'help' | 'version' }
  | { run: 'serve'; options: OssSimulatorOptions; quiet: boolean }
  | { run: 'reject'; problem: string };

/** Reads the command line. */
export function readCommand(args: readonly string[]): CliCommand {
  try {
    const { values } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: false });
    if (values.help) return { run: 'help' };
    if (values.version) return { run: 'version' };
    const buckets = readBuckets(values.bucket, {
      ...(values.region === undefined ? {} : { region: values.region }),
      ...(values['cors-origin'] === undefined ? {} : { corsOrigins: values['cors-origin'] }),
    });
    const credentials = values['access-key']?.map(readKey);
    for (const host of values['callback-host'] ?? []) checkCallbackHost(host);
    const options = {
      port: readNumber('port', values.port, 0, 65_535) ?? 9_100,
      host: values.host,
      dataDirectory: values.data,
      region: values.region,
      buckets,
      defaultBucket: values['default-bucket'],
      credentials,
      checkSignatures: !values['no-signatures'],
      strict: values.strict,
      callbackHosts: values['callback-host'],
      callbackTimeoutMs: readNumber('callback-timeout', values['callback-timeout'], 1, 600_000),
      allowedHosts: values['allowed-host'],
      verbose: values.verbose,
      keyBits: readNumber('key-bits', values['key-bits'], 512, 8_192),
    };
    const given = Object.entries(options).filter(([, value]) => value !== undefined);
    return { run: 'serve', options: Object.fromEntries(given), quiet: values.quiet ?? false };
  } catch (error) {
    return { run: 'reject', problem: messageOf(error) };
  }
}

function readBuckets(
  given: readonly string[] | undefined,
  shared: SimulatorBucket,
): Record<string, SimulatorBucket> | undefined {
  if (given === undefined) {
    const [option] = Object.keys(shared);
    if (option === undefined) return undefined;
    throw new Error(`--${option === 'region' ? 'region' : 'cors-origin'} needs --bucket`);
  }
  return Object.fromEntries(
    given.map((text) => {
      const [name = '', acl] = text.split(':');
      if (!isBucketName(name)) throw new Error(`--bucket ${text}: not a bucket name`);
      if (acl !== undefined && !isAcl(acl)) {
        throw new Error(`--bucket ${text}: the ACL is private, public-read or public-read-write`);
      }
      return [name, { ...shared, ...(acl === undefined ? {} : { acl }) }] as const;
    }),
  );
}

function checkCallbackHost(text: string): void {
  try {
    parseCallbackHost(text);
  } catch (error) {
    throw new Error(`--callback-host: ${messageOf(error)}`, { cause: error });
  }
}

function readKey(text: string): SimulatorCredentials {
  const [accessKeyId, accessKeySecret] = text.split(/:(.*)/s);
  if (!accessKeyId || !accessKeySecret) {
    throw new Error('--access-key: write <id>:<secret>');
  }
  return { accessKeyId, accessKeySecret };
}

function readNumber(
  name: string,
  text: string | undefined,
  min: number,
  max: number,
): number | undefined {
  if (text === undefined) return undefined;
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw new Error(`--${name} ${text}: write a number from ${min} to ${max}`);
}
