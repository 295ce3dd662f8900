import { deepStrictEqual, match, ok } from 'node:assert/strict';
import { pathToFileURL } from 'node:url';
import type { HostDatabase } from './host-databases.js';

export interface RunningHost {
  /** Path of the README's client, compiled. */
  client: string;
  url: string;
  database: HostDatabase;
  /** Whether its classes have other names than in its sources. */
  isMinified?: boolean;
}

/** What an app made of the README's lines has to do. */
export async function checkHost(host: RunningHost): Promise<void> {
  await host.database.query('CREATE TABLE handled (upload_id uuid, object text)');
  await uploadAvatar(host);
  await uploadToAlbum(host);
  await checkRecords(host);
  await askTheController(host);
  if (!host.isMinified) await checkDescription(host);
  deepStrictEqual(await request(`${host.url}/beyond/credentials`), {
    accessKeyId: 'id',
    accessKeySecret: 'secret',
  });
}

/** As a form, with the README's client. */
async function uploadAvatar({ client: path, url }: RunningHost): Promise<void> {
  const client = (await import(pathToFileURL(path).href)) as {
    uploadAvatar(file: File, app: string): Promise<{ id: string; key: string; size: number }>;
  };
  const picture = new File(['not really a picture'], '头像.png', { type: 'image/png' });
  const answer = await client.uploadAvatar(picture, url);
  match(answer.id, /^[0-9a-f-]{36}$/);
  match(answer.key, /^avatars\//);
  deepStrictEqual(answer.size, 20);
}

/** As a presigned PUT, with variables of the app's own. */
async function uploadToAlbum({ url }: RunningHost): Promise<void> {
  const authorised = await request(`${url}/albums`, { method: 'POST' });
  const {
    url: target,
    method,
    headers,
  } = authorised as {
    url: string;
    method: string;
    headers: Record<string, string>;
  };
  const answer = await request(target, { method, headers, body: 'jpg' });
  deepStrictEqual(answer, { albumId: 7, caption: '海边' });
}

/** As a client in any language. */
async function askTheController({ url }: RunningHost): Promise<void> {
  const ask = (wishes: object) =>
    fetch(`${url}/beyond/clients`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        file: { name: 'sea.png', type: 'image/png', size: 3 },
        variables: { albumId: 7, caption: '海边' },
        wishes,
      }),
    });
  const refused = await ask({ folder: 'closed' });
  deepStrictEqual(
    [refused.status, await refused.json()],
    [
      403,
      {
        code: 'UPLOAD_REFUSED',
        message: 'This folder takes no more files.',
        reason: 'folder-closed',
      },
    ],
  );
  const authorised = await ask({});
  const { carrier, authorisation } = (await authorised.json()) as {
    carrier: string;
    authorisation: { uploadId: string };
  };
  deepStrictEqual([authorised.status, carrier], [201, 'form']);
  const status = await request(`${url}/beyond/clients/${authorisation.uploadId}`);
  deepStrictEqual((status as { status: string }).status, 'pending');
}

async function checkRecords({ url, database }: RunningHost): Promise<void> {
  const rows = await database.query(
    `SELECT u.status, u.size::int, u.owner, u.confirmed_at IS NOT NULL AS confirmed, h.object = u.object AS handled
     FROM oss_uploads u LEFT JOIN handled h ON h.upload_id = u.id ORDER BY u.size`,
  );
  const completed = { status: 'completed', confirmed: true, handled: true };
  deepStrictEqual(rows, [
    { ...completed, size: 3, owner: null },
    { ...completed, size: 20, owner: 'the user of your session' },
  ]);
  const records = (await request(`${url}/beyond/uploads/avatars`)) as Record<string, unknown>[];
  deepStrictEqual(
    records.map(({ status, size, mimeType }) => ({ status, size, mimeType })),
    [{ status: 'completed', size: 20, mimeType: 'image/png' }],
  );
}

interface Schema {
  required?: string[];
  properties?: Record<string, Record<string, unknown>>;
}

/** What `@nestjs/swagger` makes of the package's classes, and of the app's own. */
async function checkDescription({ url }: RunningHost): Promise<void> {
  const { components, paths } = (await request(`${url}/beyond/api`)) as {
    components: { schemas: Record<string, Schema> };
    paths: Record<string, object>;
  };
  deepStrictEqual(
    Object.keys(paths).filter((path) => path.includes('oss-callback')),
    [],
  );
  ok('post' in paths['/beyond/clients']!);
  const { OssUploadStatusDto } = components.schemas;
  ok(OssUploadStatusDto?.required?.includes('status'));
  const { OssUpload, SystemVariablesDto, AlbumVariables } = components.schemas;
  deepStrictEqual(OssUpload?.properties?.size, {
    type: 'integer',
    nullable: true,
    description: 'In bytes',
  });
  ok(OssUpload.required?.includes('completedAt'));
  deepStrictEqual(SystemVariablesDto?.required, ['bucket', 'object']);
  deepStrictEqual(AlbumVariables, {
    type: 'object',
    properties: { albumId: { type: 'integer' }, caption: { type: 'string' } },
    required: ['albumId', 'caption'],
  });
}

async function request(url: string, init?: RequestInit): Promise<unknown> {
  const response = await fetch(url, init);
  const text = await response.text();
  ok(response.ok && response.status !== 203, `${url} answered ${response.status} ${text}`);
  return JSON.parse(text);
}
