import { registerAs } from '@nestjs/config';
import { invalidOption } from '../common/errors.js';
import type { OssBucketOptions, OssCallbackOptions, StsOptions } from './options.js';

/**
 * The options from environment variables, for `forRootAsync(ossCallbackConfig.asProvider())`. `.env.example` lists
 * every variable. What is left out takes its default; what is wrong is told by the check of the options.
 */
export const ossCallbackConfig = registerAs('ossCallback', () =>
  readOssCallbackOptions(process.env),
);

/** @param env names to texts; an empty text is the same as none */
export function readOssCallbackOptions(
  env: Record<string, string | undefined>,
): OssCallbackOptions {
  const text = (name: string): string | undefined => env[name]?.trim() || undefined;
  const accessKeyId = text('OSS_ACCESS_KEY_ID');
  const accessKeySecret = text('OSS_ACCESS_KEY_SECRET');
  const localOssUrl = text('OSS_LOCAL_URL');
  return {
    publicUrl: text('OSS_PUBLIC_URL') ?? '',
    buckets: readBuckets(text),
    ...(accessKeyId || accessKeySecret
      ? {
          credentials: {
            accessKeyId: accessKeyId ?? '',
            accessKeySecret: accessKeySecret ?? '',
            securityToken: text('OSS_SECURITY_TOKEN'),
          },
        }
      : {}),
    sts: readSts('OSS_', text),
    callback: { url: text('OSS_CALLBACK_URL') },
    tickets: {
      secrets: list('OSS_TICKET_SECRETS', text),
      required: boolean('OSS_TICKETS_REQUIRED', text),
      acceptForSeconds: number('OSS_TICKETS_ACCEPT_FOR_SECONDS', text),
    },
    environment: text('OSS_ENVIRONMENT'),
    expiresInSeconds: number('OSS_EXPIRES_IN_SECONDS', text),
    confirmObject: text('OSS_CONFIRM_OBJECT') as OssCallbackOptions['confirmObject'],
    answerWithinMs: number('OSS_ANSWER_WITHIN_MS', text),
    maxBodyBytes: number('OSS_MAX_BODY_BYTES', text),
    maxCallbacksInFlight: number('OSS_MAX_CALLBACKS_IN_FLIGHT', text),
    handlers:
      boolean('OSS_HANDLERS', text) === false
        ? false
        : {
            timeoutSeconds: number('OSS_HANDLER_TIMEOUT_SECONDS', text),
            maxAttempts: number('OSS_HANDLER_MAX_ATTEMPTS', text),
          },
    reconciliation:
      boolean('OSS_RECONCILIATION', text) === false
        ? false
        : {
            everySeconds: number('OSS_RECONCILIATION_EVERY_SECONDS', text),
            maxPerRun: number('OSS_RECONCILIATION_MAX_PER_RUN', text),
            keepTicketsForSeconds: number('OSS_RECONCILIATION_KEEP_TICKETS_FOR_SECONDS', text),
          },
    publicKeys: {
      trustedHosts: list('OSS_PUBLIC_KEYS_TRUSTED_HOSTS', text),
      fingerprints: list('OSS_PUBLIC_KEYS_FINGERPRINTS', text),
    },
    rejections: {
      keepForSeconds: number('OSS_REJECTIONS_KEEP_FOR_SECONDS', text),
      maxRows: number('OSS_REJECTIONS_MAX_ROWS', text),
    },
    localOss: localOssUrl ? { url: localOssUrl } : undefined,
  };
}

type ReadText = (name: string) => string | undefined;

/** One bucket from `OSS_BUCKET`, or several: `OSS_BUCKETS=avatars,videos` and `OSS_AVATARS_BUCKET`, `…_REGION`. */
function readBuckets(text: ReadText): Record<string, OssBucketOptions> {
  const names = list('OSS_BUCKETS', text);
  if (names.length === 0) {
    return text('OSS_BUCKET') ? { main: readBucket('OSS_', text) } : {};
  }
  return Object.fromEntries(
    names.map((name) => [
      name,
      readBucket(`OSS_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}_`, text),
    ]),
  );
}

function readBucket(prefix: string, text: ReadText): OssBucketOptions {
  return {
    bucket: text(`${prefix}BUCKET`) ?? '',
    region: text(`${prefix}REGION`) ?? text('OSS_REGION') ?? '',
    endpoint: text(`${prefix}ENDPOINT`),
    internalEndpoint: text(`${prefix}INTERNAL_ENDPOINT`),
    customDomain: boolean(`${prefix}CUSTOM_DOMAIN`, text),
    pathStyle: boolean(`${prefix}PATH_STYLE`, text),
    versioned: boolean(`${prefix}VERSIONED`, text),
    sts: prefix === 'OSS_' ? undefined : readSts(prefix, text),
  };
}

function readSts(prefix: string, text: ReadText): StsOptions | undefined {
  const roleArn = text(`${prefix}STS_ROLE_ARN`);
  return roleArn === undefined
    ? undefined
    : {
        roleArn,
        endpoint: text(`${prefix}STS_ENDPOINT`),
        durationSeconds: number(`${prefix}STS_DURATION_SECONDS`, text),
        sessionName: text(`${prefix}STS_SESSION_NAME`),
      };
}

function list(name: string, text: ReadText): string[] {
  return (text(name) ?? '').split(/[\s,]+/).filter(Boolean);
}

function number(name: string, text: ReadText): number | undefined {
  const value = text(name);
  if (value === undefined) return undefined;
  if (!/^\d{1,15}$/.test(value)) {
    throw invalidOption(name, `is ${JSON.stringify(value)}. Write a whole number.`);
  }
  return Number(value);
}

function boolean(name: string, text: ReadText): boolean | undefined {
  const value = text(name)?.toLowerCase();
  if (value === undefined) return undefined;
  if (value !== 'true' && value !== 'false') {
    throw invalidOption(name, `is ${JSON.stringify(value)}. Write true or false.`);
  }
  return value === 'true';
}
