import { once } from 'node:events';
import { buffer, text } from 'node:stream/consumers';
import { beforeAll, describe, expect, it } from 'vitest';
import { createAuditWorld, minutesAgo } from './audit-world.js';
import { useWorld } from '../support/test-app.js';

const world = useWorld(createAuditWorld);
const ROWS = 1_203;

beforeAll(async () => {
  await world.addAll(
    Array.from({ length: ROWS }, (_, n) => ({
      object: `files/${n}`,
      owner: 'many',
      receivedAt: minutesAgo(n),
    })),
  );
  await world.add({
    owner: 'mischief',
    object: '=HYPERLINK("https://evil.example","照片")',
    mimeType: '+1',
    lastError: '-2\r\nSet-Cookie: a=b',
    status: 'rejected',
    variables: { note: '@SUM(A1)', '=key': '<b>"quoted"</b>' },
  });
});

describe('an export', () => {
  it('as NDJSON has every record once, the latest first', async () => {
    const lines = (await text(world.audit.export({ owner: 'many' }, { format: 'ndjson' })))
      .trimEnd()
      .split('\n');
    const objects = lines.map((line) => (JSON.parse(line) as { object: string }).object);
    expect(objects).toEqual(Array.from({ length: ROWS }, (_, n) => `files/${n}`));
    const [record] = (await world.audit.find({ owner: 'many', limit: 1 })).uploads;
    expect(JSON.parse(lines[0]!)).toEqual(JSON.parse(JSON.stringify(record)));
  });

  it('as CSV has a line of names, and as many cells in every other', async () => {
    const csv = await text(world.audit.export({ owner: 'many' }, { format: 'csv' }));
    const lines = csv.split('\r\n');
    expect(lines[0]).toMatch(/^id,identity,bucket,object,etag,size,.*,receivedAt,completedAt$/);
    expect(lines).toHaveLength(ROWS + 2);
    const widths = new Set(lines.slice(0, -1).map((line) => line.split(',').length));
    expect(widths.size).toBe(1);
    expect(lines[1]).toContain(',files/0,5D41402ABC4B2A76B9719D911017C592,5,text/plain,');
    expect(lines.at(-1)).toBe('');
  });

  it('as CSV holds nothing that a spreadsheet would run', async () => {
    const csv = (
      await buffer(
        world.audit.export({ owner: 'mischief' }, { format: 'csv', byteOrderMark: true }),
      )
    ).toString();
    expect(csv.startsWith('\uFEFFid,')).toBe(true);
    expect(csv).toContain(`,"'=HYPERLINK(""https://evil.example"",""照片"")",`);
    expect(csv).toContain(`,'+1,`);
    expect(csv).toContain(`,"'-2\r\nSet-Cookie: a=b",`);
    expect(csv).toContain(`,"{""=key"":""<b>\\""quoted\\""</b>"",""note"":""@SUM(A1)""}",`);
  });

  it('of nothing is empty, or the names alone', async () => {
    expect(await text(world.audit.export({ owner: 'x' }, { format: 'ndjson' }))).toBe('');
    expect(await text(world.audit.export({ owner: 'x' }, { format: 'csv' }))).toMatch(
      /^id,.*completedAt\r\n$/,
    );
  });

  it('reads no further than it is taken, and stops when it is left', async () => {
    const statements: string[] = [];
    const { dataSource } = world;
    const query = dataSource.query.bind(dataSource);
    dataSource.query = async (sql: string, ...rest: unknown[]) => {
      statements.push(sql);
      return query(sql, ...(rest as []));
    };
    try {
      const stream = world.audit.export({ owner: 'many' }, { format: 'ndjson' });
      await once(stream, 'readable');
      stream.read(1);
      // a later question is answered, so that one which was on its way would have been as well
      for (let turn = 0; turn < 5; turn += 1) await query('SELECT 1');
      expect(statements).toHaveLength(1);
      stream.destroy();
      await once(stream, 'close');
      for (let turn = 0; turn < 5; turn += 1) await query('SELECT 1');
      expect(statements).toHaveLength(1);
    } finally {
      dataSource.query = query;
    }
  });

  it('fails as a stream where the database does', async () => {
    const broken = await createAuditWorld();
    const stream = broken.audit.export({}, { format: 'ndjson' });
    await broken.stop();
    await expect(text(stream)).rejects.toThrow();
  });

  it('refuses another format, and another filter, at once', () => {
    expect(() => world.audit.export({}, { format: 'xml' as 'csv' })).toThrow(
      'OssUploadAudit: "format" is "xml", not one of ndjson, csv.',
    );
    expect(() => world.audit.export({ owner: undefined }, { format: 'csv' })).toThrow('"owner"');
  });
});
