import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  canonicalRequestV4,
  signingKeyV4,
  stringToSignV4,
} from '../../src/protocol/signing/signature-v4.js';
import type { OssSimulator } from '../../src/simulator/index.js';
import { sendRaw } from '../support/raw-http.js';
import { bucket, codeOf, credentials, region, startSimulator } from './simulator-harness.js';

const NOW = new Date('2026-03-01T00:05:00Z');

/** A request as Go's SDK (version 1) and ossutil send it: with `Date`, without `x-oss-date`. */
async function putWithDate(
  simulator: OssSimulator,
  date: string,
  { day, signed = date }: { day: string; signed?: string },
) {
  const headers = { 'content-type': 'text/plain', 'x-oss-content-sha256': 'UNSIGNED-PAYLOAD' };
  const request = { method: 'PUT', bucket, object: 'a', query: {}, headers };
  const text = stringToSignV4(canonicalRequestV4(request), signed, region, day);
  const key = signingKeyV4(credentials.accessKeySecret, day, region);
  const signature = createHmac('sha256', key).update(text).digest('hex');
  const scope = `${credentials.accessKeyId}/${day}/${region}/oss/aliyun_v4_request`;
  const { status, body } = await sendRaw(simulator.url, {
    method: 'PUT',
    target: `/${bucket}/a`,
    headers: {
      host: new URL(simulator.url).host,
      date,
      authorization: `OSS4-HMAC-SHA256 Credential=${scope},Signature=${signature}`,
      ...headers,
      'content-length': '3',
      connection: 'close',
    },
    body: 'abc',
  });
  return status === 200 ? status : `${status} ${codeOf(body.toString())}`;
}

describe('V4 in the headers, with Date and without x-oss-date', () => {
  it('is signed with the date as it was sent and the day of the credential', async () => {
    const simulator = await startSimulator({ clock: () => NOW });
    expect(await putWithDate(simulator, NOW.toUTCString(), { day: '20260301' })).toBe(200);
    const beforeMidnight = 'Sat, 28 Feb 2026 23:58:00 GMT';
    expect(await putWithDate(simulator, beforeMidnight, { day: '20260228' })).toBe(200);
  });

  it.each([
    [
      'another date than was signed',
      NOW.toUTCString(),
      '20260301',
      'Sun, 01 Mar 2026 00:04:59 GMT',
      '403 SignatureDoesNotMatch',
    ],
    [
      'another day in the credential',
      NOW.toUTCString(),
      '20260228',
      undefined,
      '400 InvalidArgument',
    ],
    [
      'a date too long ago',
      'Sat, 28 Feb 2026 23:49:00 GMT',
      '20260228',
      undefined,
      '403 RequestTimeTooSkewed',
    ],
    ['no date', 'today', '20260301', undefined, '400 InvalidArgument'],
  ])('%s is refused', async (_title, date, day, signed, outcome) => {
    const simulator = await startSimulator({ clock: () => NOW });
    const parts = signed === undefined ? { day } : { day, signed };
    expect(await putWithDate(simulator, date, parts)).toBe(outcome);
    expect(simulator.objects.list()).toEqual([]);
  });
});
