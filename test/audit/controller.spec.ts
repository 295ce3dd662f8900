import { beforeAll, describe, expect, it } from 'vitest';
import {
  createOssUploadAuditController,
  OssUpload,
  type OssUploadAuditControllerOptions,
} from '../../src/index.js';
import { CallbackController } from '../support/callback-controller.js';
import { platforms } from '../support/platforms.js';
import { useTestApp } from '../support/test-app.js';
import { AdminGuard, AuditPages, SessionGuard, wrapAnswers, wrappers } from './audit-pages.js';
import { makeUpload, minutesAgo } from './audit-world.js';

const routes = ['', '/count', '/export', '/live', '/tickets', '/0'];

describe.each(platforms)('the audit controller on %s', (platform) => {
  const app = useTestApp({
    platform,
    imports: [AuditPages],
  });
  let rows: OssUpload[];

  beforeAll(async () => {
    rows = ['ann', 'ann', 'bob'].map((owner, n) =>
      makeUpload({ owner, object: `${owner}/${n}`, receivedAt: minutesAgo(n) }),
    );
    await app.dataSource.manager.insert(OssUpload, rows);
  });

  const get = (path: string, user?: string, init?: RequestInit) =>
    fetch(`${app.url}/${path}`, { ...init, headers: user === undefined ? {} : { user } });
  const json = async (path: string, user?: string) => {
    const response = await get(path, user);
    return [response.status, await response.json()] as const;
  };

  it.each(routes)('shows nothing at %j to those whom the guards stop', async (route) => {
    expect((await get(`admin/uploads${route}`)).status).toBe(403);
    expect((await get(`admin/uploads${route}`, 'ann')).status).toBe(403);
    expect((await get(`my/uploads${route}`)).status).toBe(403);
  });

  it('lists pages', async () => {
    const [status, first] = await json('admin/uploads?limit=2', 'admin');
    expect([status, first]).toMatchObject([
      200,
      { uploads: [{ object: 'ann/0', receivedAt: minutesAgo(0).toISOString() }, { size: 5 }] },
    ]);
    const { nextCursor } = first as { nextCursor: string };
    expect(await json(`admin/uploads?limit=2&cursor=${nextCursor}`, 'admin')).toEqual([
      200,
      { uploads: [JSON.parse(JSON.stringify(rows[2]))], nextCursor: null },
    ]);
    const response = await get('admin/uploads', 'admin');
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it.each([
    ['owner=ann', 2],
    ['owner=ann&object=ann/1', 1],
    ['status=failed,completed', 3],
    ['status=failed&status=rejected', 0],
    ['source=callback&bucket=uploads', 3],
    [`from=${minutesAgo(1).toISOString()}`, 2],
    [`to=${minutesAgo(1).toISOString()}`, 1],
    ['from=2026-01-31', 3],
  ])('filters by %s', async (query, count) => {
    const [, page] = await json(`admin/uploads?${query}`, 'admin');
    expect((page as { uploads: unknown[] }).uploads).toHaveLength(count);
    expect(await json(`admin/uploads/count?${query}`, 'admin')).toEqual([
      200,
      { count, isExact: true },
    ]);
  });

  it('counts as far as it is asked', async () => {
    expect(await json('admin/uploads/count?atMost=2', 'admin')).toEqual([
      200,
      { count: 2, isExact: false },
    ]);
    expect(await json('admin/uploads/count?atMost=3', 'admin')).toEqual([
      200,
      { count: 3, isExact: true },
    ]);
  });

  it.each([
    '?ownr=ann',
    '?owner=ann&owner=bob',
    '?owner[a]=b&owner[c]=d',
    '?status=done',
    '?owner=a%00',
    '?object=%00&status=failed',
    '/count?bucket=a%00b',
    '/export?object=a%00',
    '/live?owner=%00',
    '/tickets?object=a%00',
    '?cursor=%00',
    '?status=failed%00',
    '?from=yesterday',
    '?from=2026-01-31T12:00:00',
    '?limit=0',
    '?limit=1e3',
    '?cursor=x',
    '/count?atMost=0',
    '/count?limit=5',
    '/export?format=xml',
    '/live?status=failed',
    '/tickets?status=done',
    '/tickets?source=callback',
  ])('refuses %s', async (path) => {
    expect(await json(`admin/uploads${path}`, 'admin')).toEqual([
      400,
      { code: 'INVALID_FILTER', message: expect.stringMatching(/^OssUploadAudit: "/) },
    ]);
  });

  it('gives one record, and 404 for what is none', async () => {
    expect(await json(`admin/uploads/${rows[0]!.id}`, 'admin')).toMatchObject([
      200,
      { object: 'ann/0' },
    ]);
    for (const id of [
      '0',
      '%00',
      `${rows[0]!.id}%00`,
      rows[0]!.id.replace(/.$/, 'x'),
      '00000000-0000-7000-8000-000000000000',
    ])
      expect((await get(`admin/uploads/${id}`, 'admin')).status).toBe(404);
  });

  it('exports files', async () => {
    const csv = await get('admin/uploads/export?owner=ann', 'admin');
    expect(csv.status).toBe(200);
    expect(Object.fromEntries(csv.headers)).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="uploads.csv"',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
    const text = Buffer.from(await csv.arrayBuffer()).toString();
    expect(text.startsWith('\uFEFFid,')).toBe(true);
    expect(text.trimEnd().split('\r\n')).toHaveLength(3);
    const ndjson = await get('admin/uploads/export?format=ndjson', 'admin');
    expect(ndjson.headers.get('content-type')).toContain('application/x-ndjson');
    expect((await ndjson.text()).trimEnd().split('\n')).toHaveLength(3);
  });

  it('shows an owner his own records, and none where the owner is not known', async () => {
    expect(await json('my/uploads', 'bob')).toMatchObject([200, { uploads: [{ owner: 'bob' }] }]);
    expect(await json('my/uploads/count', 'ann')).toEqual([200, { count: 2, isExact: true }]);
    expect(await (await get('my/uploads/export?format=ndjson', 'stranger')).text()).toBe('');
    expect((await get(`my/uploads/${rows[0]!.id}`, 'ann')).status).toBe(200);
    expect((await get(`my/uploads/${rows[0]!.id}`, 'bob')).status).toBe(404);
    for (const route of ['', '/count', '/export', '/live', '/tickets']) {
      expect(await json(`my/uploads${route}?owner=bob`, 'ann')).toMatchObject([
        400,
        { message: 'OssUploadAudit: "owner" is set by the app.' },
      ]);
      expect(await json(`my/uploads${route}`, 'lost')).toMatchObject([
        403,
        { code: 'REFUSED_BY_APP' },
      ]);
    }
  });
});

describe.each(platforms)('the audit controller on %s', (platform) => {
  describe.each(wrappers)('under an interceptor that %s', (_what, wrap) => {
    const app = useTestApp({
      platform,
      imports: [AuditPages],
      configure: wrapAnswers(wrap),
    });
    const get = (path: string) =>
      fetch(`${app.url}/my/uploads${path}`, { headers: { user: 'ann' } });

    beforeAll(() => app.dataSource.manager.insert(OssUpload, makeUpload({ owner: 'ann' })));

    it('exports files as they are', async () => {
      const response = await get('/export?format=ndjson');
      expect(response.headers.get('content-type')).toContain('application/x-ndjson');
      expect(JSON.parse(await response.text())).toMatchObject({ owner: 'ann' });
    });

    it('leaves the answers of JSON to it', async () => {
      expect(await (await get('')).json()).toMatchObject({ code: 0 });
    });
  });
});

describe('a controller without a guard', () => {
  it.each<[string, unknown, string]>([
    ['no options', undefined, 'option "guards" is empty: anyone could read the records.'],
    ['no guards', {}, 'option "guards" is empty'],
    ['an empty list', { guards: [] }, 'option "guards" is empty'],
    ['no class', { guards: [SessionGuard, undefined] }, 'option "guards" has no guard at place 1.'],
    ['another class', { guards: [CallbackController] }, 'option "guards" has no guard at place 0.'],
    ['another path', { guards: [SessionGuard], path: 5 }, 'option "path" is not a string.'],
    ['an owner', { guards: [SessionGuard], ownerOf: 'me' }, 'option "ownerOf" is not a function.'],
  ])('cannot be made: %s', (_what, options, message) => {
    expect(() =>
      createOssUploadAuditController(options as OssUploadAuditControllerOptions),
    ).toThrow(
      expect.objectContaining({
        code: 'INVALID_OPTIONS',
        message: expect.stringContaining(`createOssUploadAuditController: ${message}`),
      }) as Error,
    );
  });

  it('can be made with the instance of a guard', () => {
    expect(createOssUploadAuditController({ guards: [new AdminGuard()] })).toBeTypeOf('function');
  });
});
