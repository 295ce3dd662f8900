import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { runCli } from '../../src/cli/run-cli.js';
import type { OssUploadStatus } from '../../src/index.js';
import { sendUpload } from '../../src/testing/index.js';
import { runProgram } from '../support/run-program.js';
import { makeTicket, makeUpload } from '../audit/audit-world.js';
import { BUCKET, TICKET_SECRET, useTestApp } from '../support/test-app.js';
import { OssUpload, OssUploadTicket } from '../../src/index.js';

describe('oss-callback uploads, tickets and reconcile', () => {
  const world = useTestApp({ hasNoSchedule: true });
  afterEach(() => vi.unstubAllEnvs());

  const environment = () => ({
    DATABASE_URL: world.database.url,
    OSS_PUBLIC_URL: world.url,
    OSS_BUCKET: BUCKET,
    OSS_REGION: 'cn-hangzhou',
    OSS_TICKET_SECRETS: TICKET_SECRET,
    OSS_LOCAL_URL: world.oss.url,
    OSS_ENVIRONMENT: 'test',
  });

  /** The command line in the environment of the app. */
  async function cli(...args: string[]) {
    for (const [name, value] of Object.entries(environment())) vi.stubEnv(name, value);
    let [output, errors] = ['', ''];
    const code = await runCli(args, {
      write: (text) => void (output += text),
      writeError: (text) => void (errors += text),
    });
    return { code, output, errors, json: () => JSON.parse(output) as unknown };
  }

  const add = async (upload: Partial<OssUpload>) => {
    const row = makeUpload(upload);
    await world.dataSource.manager.insert(OssUpload, row);
    return row;
  };
  const abandoned = (owner: string) => add({ owner, status: 'abandoned', lastError: 'too\nbad' });
  const statusOf = async (id: string) => (await world.audit.get(id))?.status;

  it('lists records, and shows one', async () => {
    const { id } = await abandoned('list-ann');
    const listed = await cli('uploads', 'list', '--owner', 'list-ann', '--status', 'abandoned');
    expect(listed.code).toBe(0);
    const [head, row, ...others] = listed.output.trimEnd().split('\n');
    expect(head).toMatch(/^ID +STATUS +RECEIVED +OWNER +OBJECT +REASON$/);
    expect(row).toMatch(
      new RegExp(`^${id} +abandoned +\\S+ +list-ann +files/\\S+ +too\\\\u000abad$`),
    );
    expect(others).toEqual([]);
    const page = await cli('uploads', 'list', '--owner', 'list-ann', '--json', '--limit', '1');
    expect(page.json()).toMatchObject({ uploads: [{ id, owner: 'list-ann' }], nextCursor: null });

    const shown = await cli('uploads', 'show', id, '--json');
    expect(shown.json()).toMatchObject({ uploadId: id, status: 'abandoned', upload: { id } });
    expect((await cli('uploads', 'show', id)).output).toMatch(/^owner +list-ann$/m);
    const unknown = await cli('uploads', 'show', '00000000-0000-7000-8000-000000000000');
    expect([unknown.code, unknown.output]).toEqual([
      1,
      expect.stringMatching(/^status +unknown$/m),
    ]);
  });

  it('has uploads tried again: named ones, those of a filter, or all', async () => {
    const [one, two, three] = [await abandoned('a'), await abandoned('b'), await abandoned('c')];
    const named = await cli('uploads', 'retry', one.id);
    expect([named.code, named.output]).toEqual([
      0,
      'Uploads that the next reconciliation run resumes: 1\n',
    ]);
    const filtered = await cli('uploads', 'retry', '--owner', 'b', '--json');
    expect(filtered.json()).toEqual({ retried: 1, refused: 0 });
    const statuses = async () => Promise.all([one, two, three].map(({ id }) => statusOf(id)));
    expect(await statuses()).toEqual(['failed', 'failed', 'abandoned'] satisfies OssUploadStatus[]);
    expect((await cli('uploads', 'retry', '--all', '--limit', '1')).code).toBe(0);
  });

  it('looks for lost uploads, or says which it would find', async () => {
    const form = await world.uploads.authorizePostObject({ objectPrefix: 'lost/', owner: 'ann' });
    world.oss.faults.inject({ at: 'callback', effect: 'drop' });
    expect((await sendUpload(form, 'hello')).status).toBe(203);
    const { uploadId } = form;
    const dry = await cli('reconcile', uploadId, '--dry-run', '--json');
    expect(dry.json()).toMatchObject({
      dryRun: true,
      uploads: [{ uploadId, outcome: 'completed' }],
    });
    expect(await statusOf(uploadId)).toBeUndefined();
    const run = await cli('reconcile', uploadId);
    expect([run.code, run.output]).toEqual([
      0,
      expect.stringMatching(new RegExp(`^${uploadId} +received +lost/`, 'm')),
    ]);
    // the process that has the handlers completes it
    expect(await statusOf(uploadId)).toBe('received');
    await world.reconciler.run();
    expect(await statusOf(uploadId)).toBe('completed');
  });

  it('lists tickets, and decides about them', async () => {
    const ticket = (object: string) =>
      makeTicket({ object, status: 'ambiguous', uploadIdPinned: false, bucket: BUCKET });
    const [one, gone] = [ticket('cli/one.txt'), ticket('cli/gone.txt')];
    await world.dataSource.manager.insert(OssUploadTicket, [one, gone]);
    await world.oss.objects.put({ bucket: BUCKET, object: one.object, body: 'hello' });
    expect((await cli('tickets', 'list', '--json')).json()).toMatchObject({
      tickets: expect.arrayContaining([expect.objectContaining({ id: one.id })]),
    });
    expect((await cli('tickets', 'list')).output).toContain(one.id);
    const accepted = await cli(
      'tickets',
      'resolve',
      one.id,
      gone.id,
      'x',
      '--as',
      'accept',
      '--json',
    );
    expect([accepted.code, accepted.json()]).toEqual([
      1,
      [
        { ticketId: one.id, status: 'received' },
        { ticketId: gone.id, problem: expect.stringMatching(/^OBJECT_MISSING: /) },
        { ticketId: 'x', problem: expect.stringMatching(/^UPLOAD_NOT_FOUND: /) },
      ],
    ]);
    const dismissed = await cli('tickets', 'resolve', gone.id, '--as', 'dismiss');
    expect([dismissed.code, dismissed.output]).toEqual([
      0,
      expect.stringMatching(new RegExp(`^${gone.id} +expired$`, 'm')),
    ]);
  });

  it.each([
    [['uploads'], 'Write list, show'],
    [['uploads', 'list', 'more'], 'Write list, show'],
    [['uploads', 'show'], 'Write list, show'],
    [['uploads', 'retry'], 'Name the uploads to retry'],
    [['uploads', 'retry', 'x', '--all'], 'Name the uploads to retry'],
    [['uploads', 'retry', '--all', '--status', 'completed'], '"status" is "completed"'],
    [['uploads', 'list', '--status', 'done'], '"status" is "done"'],
    [['uploads', 'list', '--from', 'yesterday'], '--from is "yesterday"'],
    [['uploads', 'list', '--limit', '-1'], '--limit'],
    [['uploads', 'list', '--cursor', 'x'], '"cursor"'],
    [['tickets', 'resolve', 'x'], 'Write --as accept, or --as dismiss, or --as look-again.'],
    [['tickets'], 'Write list, or resolve'],
    [['reconcile', '--limit', '0'], '"limit" is 0'],
    [['uploads', 'list', '--table-prefix', 'none_'], 'none_oss_uploads'],
    [['uploads', 'list', '--env-file', '/none'], '/none cannot be read'],
  ])('says what is wrong with %j', async (args, problem) => {
    const { code, output, errors } = await cli(...args);
    expect([code, output]).toEqual([2, '']);
    expect(errors).toContain(problem);
    expect(errors).toContain(`Try: oss-callback ${args[0]} --help`);
  });

  it('does what docs/operations.md shows', async () => {
    const text = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
    const lines = [...text.matchAll(/^npx oss-callback ((?:uploads|tickets|reconcile) .*)$/gm)];
    expect(lines.length).toBeGreaterThan(4);
    for (const [, line = ''] of lines) {
      const { code, errors } = await cli(...line.split(' '));
      // the id of the document is no ticket here
      expect([code, errors], line).toEqual([line.includes('resolve') ? 1 : 0, '']);
    }
  });

  it('ends as a program, with JSON and nothing else on its output', async () => {
    const { id } = await abandoned('program-ann');
    const args = ['uploads', 'list', '--owner', 'program-ann', '--json'];
    const program = runProgram('dist/src/cli/main.js', args, {
      env: { ...environment(), PATH: process.env.PATH },
    });
    expect(await program.exited).toBe(0);
    expect(JSON.parse(program.output())).toMatchObject({ uploads: [{ id }], nextCursor: null });
  });

  it('says which settings of the app are missing, by their variables', async () => {
    vi.stubEnv('DATABASE_URL', '');
    const run = (...args: string[]) =>
      runCli(args, { write: () => undefined, writeError: (text) => void (errors += text) });
    let errors = '';
    expect(await run('uploads', 'list')).toBe(2);
    expect(errors).toContain('Set DATABASE_URL or --database-url.');
    errors = '';
    expect(await run('reconcile', '--database-url', world.database.url)).toBe(2);
    expect(errors).toContain('OSS_PUBLIC_URL');
  });

  it.each(['uploads', 'tickets', 'reconcile'])('has help for %s', async (name) => {
    const { code, output } = await cli(name, '--help');
    expect(code).toBe(0);
    for (const option of ['--json', '--env-file', '--database-url'])
      expect(output).toContain(option);
    expect((await cli('--help')).output).toMatch(new RegExp(`^ {2}${name} +\\S`, 'm'));
  });
});
