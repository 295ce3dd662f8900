import { encodeCallback } from '../../src/index.js';
import { signRequestV4 } from '../../src/protocol/signing/signature-v4.js';
import type { OssSimulator } from '../../src/simulator/index.js';
import { BUCKET, startOss } from '../support/test-app.js';

const APP = {
  accessKeyId: 'local-oss-access-key-id',
  accessKeySecret: 'local-oss-access-key-secret',
};
const OTHER_CUSTOMER = { accessKeyId: 'other-customer', accessKeySecret: 'his-own-secret' };
const HIS_BUCKET = 'other-customer';
const region = 'cn-hangzhou';

/** A local OSS with two customers: the app, and another with a bucket of his own. */
export function startSharedOss(): Promise<OssSimulator> {
  return startOss({
    buckets: { [BUCKET]: { region }, [HIS_BUCKET]: { region } },
    credentials: [APP, OTHER_CUSTOMER],
  });
}

/**
 * What every customer of OSS can do: upload something to a bucket of his own, and have OSS sign any body for any URL.
 * @param body as it arrives
 * @returns what the app answered
 */
export async function reportFromElsewhere(
  oss: OssSimulator,
  callbackUrl: string,
  body: string,
): Promise<{ status: number; json: unknown }> {
  const { callback } = encodeCallback({ urls: [callbackUrl], body });
  const request = {
    method: 'PUT',
    bucket: HIS_BUCKET,
    object: 'anything',
    query: {},
    headers: { 'x-oss-callback': callback },
  };
  const signed = signRequestV4(request, {
    credentials: OTHER_CUSTOMER,
    region,
    signedAt: new Date(),
  });
  const before = oss.callbacks.length;
  const response = await fetch(`${oss.url}/${HIS_BUCKET}/anything`, {
    method: 'PUT',
    headers: { ...request.headers, ...signed },
    body: Buffer.from('anything'),
  });
  const text = await response.text();
  const answer = oss.callbacks[before]?.answer;
  if (!answer) throw new Error(`OSS did not call, or the app did not answer: ${text}`);
  return { status: answer.status, json: JSON.parse(answer.body.toString('utf8')) };
}
