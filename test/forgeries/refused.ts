import { In, Not } from 'typeorm';
import { expect } from 'vitest';
import { CallbackRefusals } from '../../src/callback/answer/callback-refusals.js';
import { OssCallbackRejection, OssUpload } from '../../src/index.js';
import type { RawResponse } from '../support/raw-http.js';
import type { TestApp } from '../support/test-app.js';

export interface Refused {
  status: number;
  code: string;
  message: string;
  /** Whether OSS's key made the signature; then the row says so. */
  signed: boolean;
  /** Part of the reason in the table and in the log. */
  reason?: string | RegExp;
}

/** Sends what must be refused: exact answer, no row of an upload, one row of a rejection that says why. */
export async function expectRefused(
  { app, dataSource }: TestApp,
  send: () => Promise<Pick<RawResponse, 'status' | 'json'>>,
  { status, code, message, signed, reason = '' }: Refused,
): Promise<OssCallbackRejection> {
  const refusals = app.get(CallbackRefusals);
  await refusals.flush();
  const before = await dataSource.manager.find(OssCallbackRejection, { select: { id: true } });
  const uploads = await dataSource.manager.count(OssUpload);
  const response = await send();
  expect({ status: response.status, json: response.json() }).toEqual({
    status,
    json: { code, message },
  });
  expect(await dataSource.manager.count(OssUpload)).toBe(uploads);
  await refusals.flush();
  const rows = await dataSource.manager.findBy(OssCallbackRejection, {
    id: Not(In(before.map(({ id }) => id))),
  });
  expect(rows).toMatchObject([{ code, signed, occurrences: 1, remoteAddress: '127.0.0.1' }]);
  const [row] = rows;
  expect(row!.reason).toContain(message);
  expect(row!.reason).toMatch(reason);
  for (const text of [row!.reason, row!.path, row!.publicKeyUrl ?? '']) {
    expect(text.length).toBeLessThanOrEqual(256);
  }
  return row!;
}
