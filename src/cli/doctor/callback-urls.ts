import { publicUrlOf } from '../../callback/callback-route-check.js';
import type { ResolvedOssCallbackOptions } from '../../oss-callback.options.js';
import { type CallbackUrlParts, parseCallbackUrl } from '../../protocol/callback-url.js';
import type { CheckSink } from './check.js';

export interface CallbackUrl {
  url: string;
  parts: CallbackUrlParts;
  /** Whether the path is that of a route; else only the host is known. */
  isComplete: boolean;
}

/**
 * What OSS would call, from the options; the doctor does not know the app's routes. Where nothing names one, only the
 * app's host is looked at.
 */
export function checkCallbackUrls(
  options: ResolvedOssCallbackOptions,
  sink: CheckSink,
): CallbackUrl[] {
  const { publicUrl, callback, localOss } = options;
  const urls = callback.urls.map((url) => (url.startsWith('/') ? publicUrlOf(options, url) : url));
  if (urls.length === 0) {
    sink.add({
      id: 'url',
      status: 'warning',
      message: `The callback URL is not known here: the app finds it among its routes. Only the host of ${publicUrl} is looked at.`,
      cure: 'Name the path of the @OssCallback route with --callback-url or OSS_CALLBACK_URL, as in --callback-url /oss/callback.',
    });
  }
  const known = (urls.length > 0 ? urls : [publicUrl]).flatMap((url) => {
    const parts = parseCallbackUrl(url);
    return parts ? [{ url, parts, isComplete: urls.length > 0 }] : [];
  });
  if (known.length < Math.max(1, urls.length)) {
    sink.add({
      id: 'url',
      status: 'failed',
      message: `OSS does not take ${publicUrl} as a host to call: a name needs a dot.`,
      cure: 'Set OSS_PUBLIC_URL to the host under which OSS reaches the app.',
    });
  }
  for (const { url, parts, isComplete } of known) {
    if (!isComplete) continue;
    if (parts.protocol === 'http:' && !localOss) {
      sink.add({
        id: 'url',
        status: 'warning',
        message: `OSS is told to call ${url}, which is not encrypted: whoever is on the way reads tickets and variables.`,
        cure: 'Write https: into OSS_PUBLIC_URL.',
      });
    } else sink.add({ id: 'url', status: 'ok', message: `OSS is told to call ${url}.` });
  }
  return known;
}
