import { publicUrlOf } from '../../../routes/find-callback-targets.js';
import type { ResolvedOssCallbackOptions } from '../../../options/resolved.js';
import {
  type CallbackUrlParts,
  parseCallbackUrl,
} from '../../../protocol/callback/callback-url.js';
import type { CheckSink } from '../check.js';

export interface CallbackUrl {
  url: string;
  parts: CallbackUrlParts;
  /** Whether the path is that of a route; else only the host is known. */
  isComplete: boolean;
}

/**
 * What OSS would call, from the options; the doctor does not know the app's routes. Where nothing names one, only the
 * app's host is looked at. The environment names one URL at most.
 */
export function checkCallbackUrl(
  options: Pick<ResolvedOssCallbackOptions, 'publicUrl' | 'publicPath' | 'callback' | 'localOss'>,
  sink: CheckSink,
): CallbackUrl | undefined {
  const { publicUrl, callback, localOss } = options;
  const [named] = callback.urls;
  const url = named?.startsWith('/') ? publicUrlOf(options, named) : (named ?? publicUrl);
  const parts = parseCallbackUrl(url);
  if (!parts) {
    sink.add({
      id: 'url',
      status: 'failed',
      message: `OSS does not take ${url} as an address to call: its host is a name without a dot.`,
      cure: 'Set OSS_PUBLIC_URL to the host under which OSS reaches the app.',
    });
    return undefined;
  }
  if (named === undefined) {
    sink.add({
      id: 'url',
      status: 'warning',
      message: `The callback URL is not known here: the app finds it among its routes. Only the host of ${publicUrl} is looked at.`,
      cure: 'Name the path of the @OssCallback route with --callback-url or OSS_CALLBACK_URL, as in --callback-url /oss/callback.',
    });
  } else if (parts.protocol === 'http:' && !localOss) {
    sink.add({
      id: 'url',
      status: 'warning',
      message: `OSS is told to call ${url}, which is not encrypted: whoever is on the way reads tickets and variables.`,
      cure: 'Write https: into OSS_PUBLIC_URL.',
    });
  } else sink.add({ id: 'url', status: 'ok', message: `OSS is told to call ${url}.` });
  return { url, parts, isComplete: named !== undefined };
}
