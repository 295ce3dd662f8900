import { randomUUID } from 'node:crypto';
import type { ResolvedBucket } from '../../../options/resolved.js';
import { askOss, askPreflight, type OssAnswer, type OssResult } from '../network/ask-oss.js';
import { PROBE_PREFIX } from './check-bucket.js';
import type { DoctorReport } from '../report.js';
import { describeAnswer } from '../network/oss-answers.js';

/** The requests that pages send with the authorisations of this package. */
const REQUESTS = [
  {
    method: 'PUT',
    what: 'presigned PUT and parts',
    headers: ['content-type', 'x-oss-forbid-overwrite', 'x-oss-meta-upload-id', 'x-oss-object-acl'],
  },
  {
    method: 'POST',
    what: 'forms and the end of multipart uploads',
    headers: ['content-type', 'x-oss-complete-all', 'x-oss-forbid-overwrite'],
  },
] as const;

/**
 * Sends the preflight requests of a browser, to see whether a page may upload. Needs no credentials.
 * @param origin of the page, for example `https://app.example.com`
 */
export async function checkCors(
  bucket: ResolvedBucket,
  { origin, timeoutMs }: { origin: string | undefined; timeoutMs: number },
  report: DoctorReport,
): Promise<void> {
  const id = `bucket.${bucket.name}.cors`;
  if (origin === undefined) {
    report.skipped(
      id,
      `The CORS rules of ${bucket.bucket} were not checked: --origin was not given.`,
      'Pass --origin with the scheme and host of the page, for example --origin https://app.example.com.',
    );
    return;
  }
  const answers: OssResult[] = [];
  for (const { method, what, headers } of REQUESTS) {
    report.progress(`preflight to ${bucket.bucket}: ${method} from ${origin}`);
    const result = await askPreflight(bucket, { origin, method, headers }, timeoutMs);
    const problem = findProblem(result, { origin, method, headers });
    if (problem !== undefined) {
      report.failed(
        id,
        `Pages from ${origin} cannot send ${method} to ${bucket.bucket} (${what}): ${problem}.`,
        `Add a CORS rule to the bucket: AllowedOrigin ${origin}, AllowedMethod PUT, POST and DELETE, AllowedHeader *, ExposeHeader ETag and x-oss-request-id.`,
      );
      return;
    }
    answers.push(result);
  }
  const object = `${PROBE_PREFIX}${randomUUID()}`;
  answers.push(await askOss({ method: 'HEAD', bucket, object, headers: { origin } }, timeoutMs));
  if (answers.some(exposesEtag)) {
    report.ok(
      id,
      `Pages from ${origin} may upload to ${bucket.bucket} with PUT and POST, and read the ETag.`,
    );
  } else {
    report.warning(
      id,
      `Pages from ${origin} may upload to ${bucket.bucket}, but no response exposes the ETag to them.`,
      "Add ExposeHeader ETag to the bucket's CORS rule: some clients of multipart uploads need it.",
    );
  }
}

function findProblem(
  result: OssResult,
  { origin, method, headers }: { origin: string; method: string; headers: readonly string[] },
): string | undefined {
  if (!result.ok) return `no response: ${result.reason}`;
  if (result.status !== 200) return `the preflight returned ${describeAnswer(result)}`;
  const allowedOrigin = result.headers['access-control-allow-origin'];
  if (allowedOrigin !== '*' && allowedOrigin !== origin) {
    return `the allowed origin is ${JSON.stringify(allowedOrigin ?? null)}`;
  }
  const methods = listOf(result, 'access-control-allow-methods');
  if (!methods.includes('*') && !methods.includes(method.toLowerCase())) {
    return `the allowed methods are ${methods.join(', ') || 'none'}`;
  }
  const allowed = listOf(result, 'access-control-allow-headers');
  const refused = headers.filter((name) => !allowed.includes('*') && !allowed.includes(name));
  return refused.length === 0 ? undefined : `the headers ${refused.join(', ')} are not allowed`;
}

function exposesEtag(answer: OssResult): boolean {
  const exposed = answer.ok ? listOf(answer, 'access-control-expose-headers') : [];
  return exposed.includes('etag') || exposed.includes('*');
}

function listOf({ headers }: OssAnswer, name: string): string[] {
  return (headers[name] ?? '')
    .toLowerCase()
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
}
