import type { SdkAuthorisation } from '../../src/index.js';
import { encodeObjectPath } from '../../src/protocol/signing/percent-encoding.js';
import { signRequestV4 } from '../../src/protocol/signing/signature-v4.js';

/** The option `sts` of a bucket whose uploaders get temporary credentials, which may do what `oss:PutObject` allows. */
export const STS = { roleArn: 'acs:ram::1234567890123456:role/uploader' };

/** Uploads with the temporary credentials, and with the callback. */
export function putObject(
  oss: { url: string },
  authorisation: SdkAuthorisation,
  body: string,
): Promise<Response> {
  return put(oss, authorisation, { headers: { ...authorisation.callback.headers }, body });
}

/** What an uploader with temporary credentials can do in place of his upload, with the headers that it should have. */
export function putSymlink(
  oss: { url: string },
  authorisation: SdkAuthorisation,
  target: string,
): Promise<Response> {
  const headers = { 'x-oss-symlink-target': encodeURIComponent(target) };
  return put(oss, authorisation, { headers, query: { symlink: '' } });
}

function put(
  oss: { url: string },
  { bucket, object, headers: asked, credentials, region }: SdkAuthorisation,
  request: { headers: Record<string, string>; query?: Record<string, string>; body?: string },
): Promise<Response> {
  const { query = {}, body = '' } = request;
  const headers = { 'content-type': 'text/plain', ...asked, ...request.headers };
  const signed = signRequestV4(
    { method: 'PUT', bucket, object, query, headers },
    { credentials: credentials!, region, signedAt: new Date() },
  );
  const search = new URLSearchParams(query).toString();
  return fetch(`${oss.url}/${bucket}/${encodeObjectPath(object)}${search && `?${search}`}`, {
    method: 'PUT',
    headers: { ...headers, ...signed },
    body: Buffer.from(body),
  });
}
