import { registerAs } from '@nestjs/config';
import { EnvironmentReader } from './environment.js';
import type { OssBucketOptions, OssCallbackOptions, StsOptions } from './options.js';

/**
 * The options from environment variables, for `forRootAsync(ossCallbackConfig.asProvider())`. `.env.example` lists
 * every variable. A variable that is not set leaves its option at the default. Nothing is checked here: the options are
 * checked when the app starts, and the error names the variable of each mistake.
 * @category Module
 */
export const ossCallbackConfig = registerAs('ossCallback', () =>
  readOssCallbackOptions(process.env),
);

/** @param env variables by name; an empty value is the same as none */
export function readOssCallbackOptions(
  env: Readonly<Record<string, string | undefined>>,
): OssCallbackOptions {
  const read = new EnvironmentReader(env);
  const localOssUrl = read.text('OSS_LOCAL_URL', 'localOss', 'url');
  const localOssKey = read.text('OSS_LOCAL_PUBLIC_KEY', 'localOss', 'publicKey');
  return read.withSources({
    publicUrl: read.required('OSS_PUBLIC_URL', 'publicUrl'),
    buckets: readBuckets(read),
    credentials: readCredentials(read),
    sts: readSts(read, 'OSS_', ['sts']),
    callback: { url: read.text('OSS_CALLBACK_URL', 'callback', 'url') },
    tickets: {
      secrets: read.list('OSS_TICKET_SECRETS', 'tickets', 'secrets'),
      required: read.boolean('OSS_TICKETS_REQUIRED', 'tickets', 'required'),
      acceptForSeconds: read.number(
        'OSS_TICKETS_ACCEPT_FOR_SECONDS',
        'tickets',
        'acceptForSeconds',
      ),
    },
    environment: read.text('OSS_ENVIRONMENT', 'environment'),
    expiresInSeconds: read.number('OSS_EXPIRES_IN_SECONDS', 'expiresInSeconds'),
    confirmObject: read.text(
      'OSS_CONFIRM_OBJECT',
      'confirmObject',
    ) as OssCallbackOptions['confirmObject'],
    answerWithinMs: read.number('OSS_ANSWER_WITHIN_MS', 'answerWithinMs'),
    logCompletedUploads: read.boolean('OSS_LOG_COMPLETED_UPLOADS', 'logCompletedUploads'),
    maxBodyBytes: read.number('OSS_MAX_BODY_BYTES', 'maxBodyBytes'),
    maxCallbacksInFlight: read.number('OSS_MAX_CALLBACKS_IN_FLIGHT', 'maxCallbacksInFlight'),
    handlers: switched(read.boolean('OSS_HANDLERS', 'handlers'), {
      timeoutSeconds: read.number('OSS_HANDLER_TIMEOUT_SECONDS', 'handlers', 'timeoutSeconds'),
      maxAttempts: read.number('OSS_HANDLER_MAX_ATTEMPTS', 'handlers', 'maxAttempts'),
    }),
    reconciliation: switched(read.boolean('OSS_RECONCILIATION', 'reconciliation'), {
      everySeconds: read.number(
        'OSS_RECONCILIATION_EVERY_SECONDS',
        'reconciliation',
        'everySeconds',
      ),
      maxPerRun: read.number('OSS_RECONCILIATION_MAX_PER_RUN', 'reconciliation', 'maxPerRun'),
      keepTicketsForSeconds: read.number(
        'OSS_RECONCILIATION_KEEP_TICKETS_FOR_SECONDS',
        'reconciliation',
        'keepTicketsForSeconds',
      ),
    }),
    publicKeys: {
      trustedHosts: read.list('OSS_PUBLIC_KEYS_TRUSTED_HOSTS', 'publicKeys', 'trustedHosts'),
      fingerprints: read.list('OSS_PUBLIC_KEYS_FINGERPRINTS', 'publicKeys', 'fingerprints'),
    },
    rejections: {
      keepForSeconds: read.number(
        'OSS_REJECTIONS_KEEP_FOR_SECONDS',
        'rejections',
        'keepForSeconds',
      ),
      maxRows: read.number('OSS_REJECTIONS_MAX_ROWS', 'rejections', 'maxRows'),
    },
    localOss:
      localOssUrl === undefined
        ? undefined
        : read.note('OSS_LOCAL_URL', ['localOss'], {
            url: localOssUrl,
            // Files of variables often write a PEM on one line.
            publicKey: localOssKey?.replaceAll('\\n', '\n'),
          }),
  });
}

/** One bucket from `OSS_BUCKET`, or several: `OSS_BUCKETS=avatars,videos` and `OSS_AVATARS_BUCKET`, `…_REGION`. */
function readBuckets(read: EnvironmentReader): Record<string, OssBucketOptions> {
  const names = read.list('OSS_BUCKETS', 'buckets');
  if (names.length === 0) {
    const buckets: Record<string, OssBucketOptions> = read.has('OSS_BUCKET')
      ? { main: readBucket(read, 'OSS_', 'main') }
      : {};
    return read.note('OSS_BUCKET and OSS_REGION', ['buckets'], buckets);
  }
  const prefixOf = (name: string) => `OSS_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}_`;
  return Object.fromEntries(names.map((name) => [name, readBucket(read, prefixOf(name), name)]));
}

function readBucket(read: EnvironmentReader, prefix: string, name: string): OssBucketOptions {
  const path = (option: string) => ['buckets', name, option];
  return {
    bucket: read.required(`${prefix}BUCKET`, ...path('bucket')),
    region: read.required([`${prefix}REGION`, 'OSS_REGION'], ...path('region')),
    endpoint: read.text(`${prefix}ENDPOINT`, ...path('endpoint')),
    internalEndpoint: read.text(`${prefix}INTERNAL_ENDPOINT`, ...path('internalEndpoint')),
    customDomain: read.boolean(`${prefix}CUSTOM_DOMAIN`, ...path('customDomain')),
    pathStyle: read.boolean(`${prefix}PATH_STYLE`, ...path('pathStyle')),
    versioned: read.boolean(`${prefix}VERSIONED`, ...path('versioned')),
    sts: prefix === 'OSS_' ? undefined : readSts(read, prefix, path('sts')),
  };
}

function readCredentials(read: EnvironmentReader): OssCallbackOptions['credentials'] {
  const accessKeyId = read.required('OSS_ACCESS_KEY_ID', 'credentials', 'accessKeyId');
  const accessKeySecret = read.required('OSS_ACCESS_KEY_SECRET', 'credentials', 'accessKeySecret');
  const securityToken = read.text('OSS_SECURITY_TOKEN', 'credentials', 'securityToken');
  const isGiven = accessKeyId !== '' || accessKeySecret !== '';
  return read.note(
    'OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET',
    ['credentials'],
    isGiven ? { accessKeyId, accessKeySecret, securityToken } : undefined,
  );
}

function readSts(
  read: EnvironmentReader,
  prefix: string,
  path: readonly string[],
): StsOptions | undefined {
  const roleArn = read.text(`${prefix}STS_ROLE_ARN`, ...path, 'roleArn');
  return roleArn === undefined
    ? undefined
    : {
        roleArn,
        endpoint: read.text(`${prefix}STS_ENDPOINT`, ...path, 'endpoint'),
        durationSeconds: read.number(`${prefix}STS_DURATION_SECONDS`, ...path, 'durationSeconds'),
        sessionName: read.text(`${prefix}STS_SESSION_NAME`, ...path, 'sessionName'),
      };
}

/** @param given false, or a value that is not a boolean, becomes the option itself */
function switched<T>(given: unknown, parts: T): T | false {
  return given === undefined || given === true ? parts : (given as false);
}
