import { readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Controller, Injectable } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { doctorCommand } from '../../src/cli/doctor/doctor.command.js';
import { verifyCommand } from '../../src/cli/verify/verify.command.js';
import { OnUploadCompleted, OssCallback, OssUploadReconciler } from '../../src/index.js';
import { createMigratedDatabase, startTestApp, type TestApp } from '../support/test-app.js';
import { compile, readCodeBlocks } from './code-blocks.js';
import { readDocument, section, tableRows } from './document-tables.js';

const folder = fileURLToPath(new URL('../../dist/operations-code', import.meta.url));
const source = fileURLToPath(new URL('../../src', import.meta.url));

type Provider = new (...args: never[]) => object;

async function load<Module>(file: string): Promise<Module> {
  return (await import(/* @vite-ignore */ pathToFileURL(join(folder, file)).href)) as Module;
}

/** What the sources say, with a sign in place of each value. */
function sourceTexts(): string {
  return readdirSync(source, { recursive: true, withFileTypes: true })
    .filter(({ name }) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8'))
    .join('\n');
}

const texts = sourceTexts();
const pages = ['docs/operations.md', 'docs/operations.zh-CN.md'];

/** Of the third section: lines of the log, several of them in one cell. */
function logLines(document: string): string[] {
  const rows = section(readDocument(document), 3).match(/^\| `.*$/gm) ?? [];
  return rows.flatMap((row) =>
    [...(row.split(/ \| (?=warn|error|log)/)[0] ?? '').matchAll(/`([^`]+)`/g)].map(
      ([, line = '']) => line,
    ),
  );
}

describe.each(pages)('the log lines of %s', (document) => {
  it.each(logLines(document))('%s', (line) => {
    const parts = line.split('…').map((part) => part.trim());
    const said = parts.filter((part) => part.length > 3);
    expect(said).not.toEqual([]);
    expect(said.filter((part) => !texts.includes(part))).toEqual([]);
  });
});

describe.each(pages)('%s', (document) => {
  const text = readDocument(document);

  it('names the outcomes of the reconciliation', () => {
    const [, type = ''] = /type ReconciliationOutcome =([^;]+);/.exec(texts) ?? [];
    const outcomes = [...type.matchAll(/'(\w+)'/g)].map(([, name = '']) => name);
    const rows = section(text, 7).match(/^\| `.*$/gm) ?? [];
    const named = rows.flatMap((row) => row.split(' | ')[0]!.match(/\w+/g) ?? []);
    expect(named.toSorted(byText)).toEqual(outcomes.toSorted(byText));
  });

  it.each([
    ['doctor', doctorCommand, 1],
    ['verify', verifyCommand, 3],
  ] as const)('names the options of oss-callback %s', (_name, { help }, place) => {
    const optionsOf = (from: string) =>
      [...new Set(from.match(/--[a-z][a-z-]*/g))].filter((option) => option !== '--help');
    expect(optionsOf(section(text, place)).toSorted(byText)).toEqual(
      optionsOf(help).toSorted(byText),
    );
  });
});

function byText(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

let fails = true;

@Injectable()
class FailingHandler {
  @OnUploadCompleted({ objectPrefix: 'failing/' })
  fail() {
    if (fails) throw new Error('not yet');
  }
}

@Controller()
class CallbackController {
  @OssCallback('callback')
  answer() {}
}

describe('the code of docs/operations.md', () => {
  let app: TestApp;

  beforeAll(async () => {
    expect(compile(readCodeBlocks('docs/operations.md'), folder)).toEqual([]);
    const { HealthController } = await load<Record<string, Provider>>('health.controller.js');
    const { MetricsModule } = await load<Record<string, Provider>>('metrics.module.js');
    const { UploadRetention } = await load<Record<string, Provider>>('retention.js');
    const { dataSource } = await load<{ dataSource: { poolSize: number } }>('data-source.js');
    const { url: _url, ...pool } = dataSource as { url?: string; poolSize: number };
    const database = await createMigratedDatabase();
    app = await startTestApp({
      database,
      imports: [TerminusModule, MetricsModule!],
      controllers: [CallbackController, HealthController!],
      providers: [UploadRetention!, FailingHandler],
      options: { handlers: { maxAttempts: 1 } },
      dataSource: pool,
    });
  });
  afterAll(async () => {
    await app.stop();
    await app.database.drop();
    await rm(folder, { recursive: true, force: true });
  });

  async function upload(objectPrefix: string): Promise<string> {
    const { uploadId, url, headers } = await app.uploads.authorizePutObject({ objectPrefix });
    await (await fetch(url, { method: 'PUT', headers, body: 'hello' })).text();
    return uploadId;
  }

  it('the check of readiness is up', async () => {
    const response = await fetch(`${app.url}/health/ready`);
    expect(await response.json()).toMatchObject({
      status: 'ok',
      details: { 'oss-callback': { status: 'up', problems: [], capture: 'installed' } },
    });
  });

  it('its details are those of the document', async () => {
    const response = await fetch(`${app.url}/health/ready`);
    const { details } = (await response.json()) as { details: Record<string, object> };
    const { status: _, ...rest } = details['oss-callback'] as Record<string, unknown>;
    for (const page of pages) {
      const named = /`capture`.*`problems`/.exec(section(readDocument(page), 4))?.[0] ?? '';
      const names = [...named.matchAll(/`(\w+)`/g)].map(([, name = '']) => name);
      expect(names.toSorted()).toEqual(Object.keys(rest).toSorted());
    }
  });

  it('the metrics are those of the document', async () => {
    const response = await fetch(`${app.url}/metrics`);
    const served = [...(await response.text()).matchAll(/^# TYPE (\w+) (\w+)$/gm)];
    const kinds = Object.fromEntries(served.map(([, name, kind]) => [name, kind]));
    for (const page of pages) {
      const rows = tableRows(section(readDocument(page), 5));
      expect(Object.fromEntries(rows.map(({ name, cells }) => [name, cells[1]]))).toEqual(kinds);
    }
  });

  it('one upload is reconciled by hand', async () => {
    const { reconcile } = await load<{
      reconcile: (reconciler: OssUploadReconciler, uploadId: string) => Promise<unknown>;
    }>('reconcile.js');
    app.oss.faults.inject({ at: 'callback', effect: 'drop' });
    const uploadId = await upload('lost/');
    expect(await reconcile(app.app.get(OssUploadReconciler), uploadId)).toEqual({
      waiting: 0,
      outcome: 'completed',
    });
  });

  it('its SQL runs', async () => {
    const statements = readDocument('docs/operations.md').matchAll(/^```sql\n([\s\S]*?)^```$/gm);
    for (const [, sql = ''] of statements) await app.dataSource.query(sql);
  });

  it('an abandoned upload is tried again', async () => {
    const uploadId = await upload('failing/');
    expect(await app.audit.get(uploadId)).toMatchObject({ status: 'abandoned' });
    fails = false;
    await app.audit.retry({ ids: [uploadId] });
    await app.app.get(OssUploadReconciler).run();
    expect(await app.audit.get(uploadId)).toMatchObject({ status: 'completed', attempts: 1 });
  });

  it('old records are purged', async () => {
    const { UploadRetention } = await load<Record<string, Provider>>('retention.js');
    const retention = app.app.get<{ purge(): Promise<number> }>(UploadRetention!);
    const uploadId = await upload('old/');
    await app.dataSource.query(
      `UPDATE oss_uploads SET received_at = now() - interval '2 years' WHERE id = $1`,
      [uploadId],
    );
    expect(await retention.purge()).toBe(0); // its ticket may still be reported
    await app.dataSource.query(
      `UPDATE oss_upload_tickets SET accept_until = now() - interval '2 hours' WHERE id = $1`,
      [uploadId],
    );
    expect(await retention.purge()).toBe(1);
  });
});
