import { describe, expect, it } from 'vitest';
import { FormPartHeads } from '../../src/simulator/operations/uploads/form-part-heads.js';
import { sendRaw } from '../support/raw-http.js';
import { bucket, codeOf, startSimulator } from './simulator-harness.js';

const BOUNDARY = 'x'.repeat(40);
type Part = [head: string, content: string];

const field = (name: string, ...order: string[]): string => {
  const lines: Record<string, string> = {
    disposition: `Content-Disposition: form-data; name="${name}"${name === 'file' ? '; filename="a"' : ''}`,
    type: 'Content-Type: text/plain',
    length: 'Content-Length: 1',
  };
  return order.map((line) => `${lines[line]}\r\n`).join('');
};

async function post(parts: Part[], { boundary = BOUNDARY, epilogue = '' } = {}) {
  const simulator = await startSimulator({ checkSignatures: false });
  const text = parts
    .map(([head, content]) => `--${BOUNDARY}\r\n${head}\r\n${content}\r\n`)
    .join('');
  const { status, body } = await sendRaw(simulator.url, {
    method: 'POST',
    target: `/${bucket}/`,
    headers: {
      host: 'localhost',
      connection: 'close',
      'content-type': `multipart/form-data; boundary=${boundary}`,
    },
    body: `${text}--${BOUNDARY}--\r\n${epilogue}`,
  });
  const stored = simulator.objects.get(bucket, 'a')?.bytes.toString();
  return [status, status === 204 ? stored : codeOf(body.toString())];
}

const key: Part = [field('key', 'disposition'), 'a'];
const file: Part = [field('file', 'disposition', 'type'), 'content'];

describe('a part of a form with its Content-Type before its Content-Disposition', () => {
  it.each<[string, Part[], object?]>([
    ['the key', [[field('key', 'type', 'disposition'), 'a'], file]],
    ['a further field', [key, [field('other', 'type', 'disposition'), 'a'], file]],
    ['the file', [key, [field('file', 'type', 'disposition'), 'content']]],
    [
      'a quoted boundary',
      [key, [field('file', 'type', 'disposition'), 'content']],
      { boundary: `"${BOUNDARY}"` },
    ],
    [
      'a field after a large one',
      [
        key,
        ['Content-Disposition: form-data; name="b"\r\n', 'b'.repeat(300_000)],
        [field('c', 'type', 'disposition'), 'c'],
        file,
      ],
    ],
  ])('is malformed: %s', async (_what, parts, options) => {
    expect(await post(parts, options)).toEqual([400, 'MalformedPOSTRequest']);
  });

  it.each<[string, Part[]]>([
    ['after it', [key, file]],
    ['another header first', [key, [field('file', 'length', 'disposition', 'type'), 'content']]],
    ['in the content', [key, [field('x', 'disposition'), 'Content-Type: a'], file]],
  ])('is taken otherwise: %s', async (_what, parts) => {
    expect(await post(parts)).toEqual([204, 'content']);
  });

  it('is found however the form arrives', () => {
    const form = Buffer.from(
      `--b\r\nContent-Disposition: x\r\n\r\na\r\n--b\r\ncontent-type : text/plain\r\n`,
    );
    for (let size = 1; size <= form.byteLength; size += 1) {
      const heads = new FormPartHeads('multipart/form-data; boundary=b');
      const chunks: Buffer[] = [];
      for (let at = 0; at < form.byteLength; at += size) chunks.push(form.subarray(at, at + size));
      expect(
        chunks.some((chunk) => heads.beginsWithType(chunk)),
        `${size}`,
      ).toBe(true);
    }
  });
});
