import 'reflect-metadata';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { OssCredentialsProvider } from '../../options/options.js';
import type { ResolvedOssCallbackOptions } from '../../options/resolved.js';
import { resolveOssCallbackOptions } from '../../options/validation.js';
import { audienceOf, UploadTickets } from '../../ticket/upload-tickets.js';
import type { UploadRequest } from '../upload-request.js';
import { authorizeParts } from './authorize-multipart.js';
import { sealHandle } from './multipart-handle.js';
import type { UploadContext } from './prepare-upload.js';
import { authorizePutObject } from './presigned-put.js';

const SECRET = 'f3a9c1d27b845e60f3a9c1d27b845e60';

function contextOf(credentials: OssCredentialsProvider) {
  const options = resolveOssCallbackOptions(
    {
      publicUrl: 'https://api.example.com',
      buckets: { main: { bucket: 'photos', region: 'cn-hangzhou' } },
      credentials,
      tickets: { secrets: [SECRET], acceptForSeconds: 60 },
    },
    'test',
  );
  const targets = { find: () => [{ url: 'https://api.example.com/oss/callback' }] };
  return { options, tickets: new UploadTickets([SECRET], ['audience']), targets };
}

describe('an upload that is signed with temporary credentials', () => {
  const NOW = new Date('2026-01-01T00:00:00Z');
  beforeEach(() => vi.useFakeTimers({ now: NOW, toFake: ['Date'] }));
  afterEach(() => vi.useRealTimers());

  async function authorize(request: Partial<UploadRequest>, credentials: OssCredentialsProvider) {
    const rows: { terms: { uploadId: string }; object: string; expiresAt: Date }[] = [];
    const ticketStore = { add: async (row: (typeof rows)[number]) => void rows.push(row) };
    const context = { ...contextOf(credentials), ticketStore } as unknown as UploadContext;
    const upload = await authorizePutObject({ objectPrefix: 'a/', ...request }, context);
    return { ...upload, query: new URL(upload.url).searchParams, rows };
  }
  const lasting = (seconds: number) => ({
    accessKeyId: 'STS.key',
    accessKeySecret: 'secret',
    securityToken: 'token',
    expiresAt: new Date(NOW.getTime() + seconds * 1000),
  });

  const handleOf = (expiresAt: Date, options: ResolvedOssCallbackOptions) =>
    sealHandle(
      {
        uploadId: 'id',
        ossUploadId: 'ID',
        bucket: 'photos',
        object: 'a',
        sizeBytes: 1_000_000,
        partSize: 200_000,
        expiresAt,
      },
      { secrets: options.tickets.secrets, audience: audienceOf(options) },
    );

  it('ends with them, in its URL, its row and its ticket alike', async () => {
    const { uploadId, expiresAt, query, rows } = await authorize({}, async () => lasting(60));
    expect(expiresAt).toEqual(new Date('2026-01-01T00:00:59Z'));
    expect(query.get('x-oss-expires')).toBe('59');
    expect(rows).toEqual([
      expect.objectContaining({
        object: `a/${uploadId}`,
        expiresAt,
        terms: expect.objectContaining({ uploadId, acceptUntil: new Date('2026-01-01T00:01:59Z') }),
      }),
    ]);
  });

  it('ends with them also where further parts of it are signed later', async () => {
    const { options } = contextOf(async () => lasting(60));
    for (const [uploadEnds, urlsEnd, seconds] of [
      ['2026-01-01T01:00:00Z', '2026-01-01T00:00:59Z', '59'],
      ['2026-01-01T00:00:30.500Z', '2026-01-01T00:00:30.500Z', '30'],
    ] as const) {
      const request = { handle: handleOf(new Date(uploadEnds), options), from: 1 };
      const { parts, expiresAt } = await authorizeParts(request, options);
      expect(expiresAt).toEqual(new Date(urlsEnd));
      for (const { url } of parts) {
        expect(new URL(url).searchParams.get('x-oss-expires')).toBe(seconds);
      }
    }
  });

  it('does not lose the time that they took to arrive, and gives no part longer than its upload', async () => {
    const { options } = contextOf(async () => {
      vi.setSystemTime(new Date('2026-01-01T00:00:05Z'));
      return lasting(3_600);
    });
    const handle = handleOf(new Date('2026-01-01T00:00:10Z'), options);
    const { parts } = await authorizeParts({ handle, from: 1, to: 1 }, options);
    expect(new URL(parts[0]!.url).searchParams.get('x-oss-expires')).toBe('5');
  });

  it('does not lose the time that they took to arrive', async () => {
    const { expiresAt } = await authorize({ expiresInSeconds: 10 }, async () => {
      vi.setSystemTime(new Date('2026-01-01T00:00:05Z'));
      return lasting(3_600);
    });
    expect(expiresAt).toEqual(new Date('2026-01-01T00:00:15Z'));
  });

  it('is refused before they are requested, also where a PUT needs one exact type', async () => {
    const provider = vi.fn(async () => lasting(60));
    await expect(authorize({ contentTypes: ['image/*'] }, provider)).rejects.toMatchObject({
      code: 'INVALID_UPLOAD_REQUEST',
    });
    expect(provider).not.toHaveBeenCalled();
  });
});
