import { reasonOf } from '../../../common/error-text.js';
import { sendHttp } from '../../../oss-client/http-client.js';
import type { LocalOssOptions } from '../../../options/options.js';
import type { DoctorReport } from '../report.js';

const SERVER = 'AliyunOSS';

/** Whether the local OSS answers at its address. */
export async function checkLocalOss(
  localOss: LocalOssOptions,
  { timeoutMs }: { timeoutMs: number },
  report: DoctorReport,
): Promise<void> {
  const id = 'localOss';
  const { url } = localOss;
  report.progress(`requesting the local OSS at ${url}`);
  const failed = (message: string) =>
    report.failed(
      id,
      message,
      'Start it with npx oss-simulator, and set OSS_LOCAL_URL to the address that it prints; remove OSS_LOCAL_URL to use OSS itself.',
    );
  try {
    const endsAtMs = performance.now() + timeoutMs;
    const { status, headers } = await sendHttp({ method: 'HEAD', url, endsAtMs });
    if (headers.server === SERVER) report.ok(id, `The local OSS answers at ${url}.`);
    else failed(`Something other than the local OSS answers at ${url} (status ${status}).`);
  } catch (error) {
    failed(`The local OSS does not answer at ${url}: ${reasonOf(error)}.`);
  }
}
