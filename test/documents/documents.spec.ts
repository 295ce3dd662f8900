import { existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Controller } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OssCallback, OssCallbackError, OssUploadService } from '../../src/index.js';
import { resolveOssCallbackOptions } from '../../src/options/validation.js';
import { createMigratedDatabase, startTestApp, TICKET_SECRET } from '../support/test-app.js';
import { compile, readCodeBlocks } from './code-blocks.js';
import { readDocument, tableRows } from './document-tables.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const markdown = (folder: string) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => posix.join(folder, name));
const documents = [...markdown('.'), ...markdown('docs')];
const english = documents.filter((path) => !path.endsWith('.zh-CN.md') && path !== 'CHANGELOG.md');

/** As GitHub makes it of a heading. */
function anchorOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
    .replaceAll(' ', '-');
}

function withoutCode(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```$/gm, '');
}

function headingsOf(path: string): string[] {
  return [...withoutCode(readDocument(path)).matchAll(/^#+ (.*)$/gm)].map(([, text = '']) => text);
}

/** All code of a document, diagrams left out, which have words in them. */
function codeOf(path: string): string[] {
  const blocks = readDocument(path).matchAll(/^```(\w+).*\n[\s\S]*?^```$/gm);
  return [...blocks].filter(([, language]) => language !== 'mermaid').map(([block]) => block);
}

describe.each(documents)('%s', (path) => {
  const text = withoutCode(readDocument(path));
  const links = [...text.matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = '']) => target);

  it('links to what is there', () => {
    const broken = links
      .filter((target) => !/^https?:/.test(target))
      .filter((target) => {
        const [file = '', anchor] = target.split('#');
        const linked = file === '' ? path : posix.join(dirname(path), file);
        if (!existsSync(join(root, linked))) return true;
        const anchors = anchor === undefined ? [] : headingsOf(linked).map(anchorOf);
        return anchor !== undefined && !anchors.includes(decodeURIComponent(anchor));
      });
    expect(broken).toEqual([]);
  });

  it('has diagrams of one kind, with a line for each message', () => {
    const diagrams = readDocument(path).matchAll(/^```mermaid\n([\s\S]*?)^```$/gm);
    for (const [, diagram = ''] of diagrams) {
      const [kind, ...lines] = diagram.trimEnd().split('\n');
      expect(kind).toBe('sequenceDiagram');
      for (const line of lines) {
        expect(line).toMatch(
          /^ {4}(participant \w as [^:;]+|\w--?>>\w: [^;]+|Note over \w,\w: [^;]+)$/,
        );
      }
    }
  });
});

describe.each(english)('%s and its twin', (path) => {
  const twin = path.replace(/\.md$/, '.zh-CN.md');

  it('show the same code, under as many headings and in tables as long', () => {
    expect(codeOf(twin)).toEqual(codeOf(path));
    expect(headingsOf(twin)).toHaveLength(headingsOf(path).length);
    const rows = (document: string) => readDocument(document).match(/^\|/gm)?.length ?? 0;
    expect(rows(twin)).toBe(rows(path));
  });

  it('link to each other', () => {
    expect(readDocument(path)).toContain(`[中文](${posix.basename(twin)})`);
    expect(readDocument(twin)).toContain(`[English](${posix.basename(path)})`);
  });
});

it.each(['docs/local-oss.md', 'docs/local-oss.zh-CN.md'])('%s names every operation', (path) => {
  const names = [
    ...readDocument('src/simulator/operations/operation-name.ts').matchAll(/'(\w+)'/g),
  ];
  expect(
    names.map(([, name]) => name).filter((name) => !readDocument(path).includes(name!)),
  ).toEqual([]);
  expect(names.length).toBeGreaterThan(10);
});

describe.each(['CONTRIBUTING.md', 'CONTRIBUTING.zh-CN.md'])('%s', (path) => {
  const names = tableRows(readDocument(path)).map(({ name }) => name);

  it('names every room of src', () => {
    const rooms = readdirSync(join(root, 'src'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `${name}/`);
    const named = names.filter((name) => /^[a-z-]+\/$/.test(name));
    expect(new Set(named)).toEqual(new Set(rooms));
  });

  it('names commands that there are', () => {
    const { scripts } = JSON.parse(readDocument('package.json')) as { scripts: object };
    const commands = names.flatMap((name) => /^npm (?:run )?([\w:]+)/.exec(name)?.[1] ?? []);
    expect(commands.length).toBeGreaterThan(5);
    expect(commands.filter((command) => !(command in scripts))).toEqual([]);
  });
});

@Controller()
class CallbackController {
  @OssCallback('callback')
  answer() {}
}

describe('the code of the shorter documents', () => {
  const folder = join(root, 'dist/documents-code');
  const load = async <Module>(file: string) =>
    (await import(/* @vite-ignore */ pathToFileURL(join(folder, file)).href)) as Module;

  beforeAll(() => {
    const files = ['options', 'errors', 'concepts'].flatMap((name) => [
      ...readCodeBlocks(`docs/${name}.md`),
    ]);
    expect(compile(new Map(files), folder)).toEqual([]);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('docs/options.md: these options are enough', async () => {
    const { options } = await load<{ options: Parameters<typeof resolveOssCallbackOptions>[0] }>(
      'options.js',
    );
    const credentials = {
      accessKeyId: 'LTAI5t1234567890',
      accessKeySecret: 'abcdefghij1234567890',
    };
    const tickets = { secrets: [TICKET_SECRET] };
    expect(() => resolveOssCallbackOptions({ ...options, credentials, tickets })).not.toThrow();
    expect(() => resolveOssCallbackOptions({ ...options, credentials })).toThrow('tickets.secrets');
  });

  it('docs/concepts.md and docs/errors.md: a handler, and an upload whose callback fails', async () => {
    const { AlbumService } =
      await load<Record<string, new (...args: never[]) => object>>('handler.js');
    const { storeReport } = await load<{
      storeReport: (uploads: OssUploadService, body: Buffer) => Promise<Record<string, unknown>>;
    }>('errors.js');
    const database = await createMigratedDatabase();
    const dataSource = new DataSource({ type: 'postgres', url: database.url });
    await dataSource.initialize();
    await dataSource.query('CREATE TABLE pictures (id uuid PRIMARY KEY, key text, owner text)');
    const app = await startTestApp({
      database,
      controllers: [CallbackController],
      providers: [AlbumService!],
    });

    const { uploadId } = await app.uploads.putObject({
      object: 'albums/1.jpg',
      owner: 'alice',
      body: 'a picture',
    });
    await app.uploads.putObject({ object: 'albums/1.txt', body: 'no picture' });
    expect(await dataSource.query('SELECT * FROM pictures')).toEqual([
      { id: uploadId, key: 'albums/1.jpg', owner: 'alice' },
    ]);

    app.oss.faults.inject({ at: 'callback', effect: 'drop' });
    expect(await storeReport(app.uploads, Buffer.from('a report'))).toEqual({
      uploadId: expect.any(String),
      etag: expect.stringMatching(/^[0-9A-F]{32}$/),
    });
    const again = storeReport(app.uploads, Buffer.from('a report'));
    await expect(again).rejects.toThrow(OssCallbackError);

    await dataSource.destroy();
    await app.stop();
    await database.drop();
  });
});
