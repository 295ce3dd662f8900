import { reasonOf } from '../../../common/error-text.js';
import { sendHttp } from '../../../oss-client/http-client.js';
import type { LocalOssOptions } from '../../../options/options.js';
import type { CheckSink } from '../check.js';

const SERVER = 'AliyunOSS';

/** Whether the local OSS answers at its address. */
export async function checkLocalOss(
  localOss: LocalOssOptions,
  { timeoutMs }: { timeoutMs: number },
  sink: CheckSink,
): Promise<void> {
  const id = 'localOss';
  const { url } = localOss;
  sink.progress(`requesting the local OSS at ${url}`);
  const failed = (message: string) =>
    sink.add({
      id,
      status: 'failed',
      message,
      fix: 'Start it with npx oss-simulator, and set OSS_LOCAL_URL to the address that it prints; remove OSS_LOCAL_URL to use OSS itself.',
    });
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const { status, headers } = await sendHttp({ method: 'HEAD', url, signal });
    if (headers.server === SERVER)
      sink.add({ id, status: 'ok', message: `The local OSS answers at ${url}.` });
    else failed(`Something other than the local OSS answers at ${url} (status ${status}).`);
  } catch (error) {
    failed(`The local OSS does not answer at ${url}: ${reasonOf(error)}.`);
  }
}
