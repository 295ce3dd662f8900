import { publicUrlOf } from '../../../routes/find-callback-targets.js';
import type { ResolvedOssCallbackOptions } from '../../../options/resolved.js';
import {
  type CallbackUrlParts,
  parseCallbackUrl,
} from '../../../protocol/callback/callback-url.js';
import type { DoctorReport } from '../report.js';

export interface CallbackUrl {
  url: string;
  parts: CallbackUrlParts;
  /** Whether the path is known. Otherwise only the host is. */
  isComplete: boolean;
}

/**
 * The URL that OSS would call. The doctor does not know the app's routes: if the options name no callback URL, only the
 * host is checked. The environment can name only one URL.
 */
export function checkCallbackUrl(
  options: Pick<ResolvedOssCallbackOptions, 'publicUrl' | 'publicPath' | 'callback' | 'localOss'>,
  report: DoctorReport,
): CallbackUrl | undefined {
  const { publicUrl, callback, localOss } = options;
  const [named] = callback.urls;
  const url = named?.startsWith('/') ? publicUrlOf(options, named) : (named ?? publicUrl);
  const parts = parseCallbackUrl(url);
  if (!parts) {
    report.failed(
      'url',
      `OSS does not accept the callback URL ${url}: its host has no dot.`,
      'Set OSS_PUBLIC_URL to the host under which OSS reaches the app.',
    );
    return undefined;
  }
  if (named === undefined) {
    report.warning(
      'url',
      `The callback URL is unknown: the app takes it from its routes. Only the host of ${publicUrl} is checked.`,
      'Name the path of the @OssCallback route with --callback-url or OSS_CALLBACK_URL, for example --callback-url /oss/callback.',
    );
  } else if (parts.protocol === 'http:' && !localOss) {
    report.warning(
      'url',
      `The callback URL ${url} is not encrypted: tickets and variables can be read in transit.`,
      'Use https: in OSS_PUBLIC_URL.',
    );
  } else report.ok('url', `The callback URL is ${url}.`);
  return { url, parts, isComplete: named !== undefined };
}
