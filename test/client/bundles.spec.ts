import { gzipSync } from 'node:zlib';
import { type LogLevel, type OutputChunk, rolldown } from 'rolldown';
import { describe, expect, it } from 'vitest';
import { root } from '../support/run-bundled.js';

const MAX_BYTES = 6_000;

/** As a bundler for browsers makes it of an import of everything. */
async function bundle(entry: string): Promise<{ chunk: OutputChunk; logs: [LogLevel, string][] }> {
  const logs: [LogLevel, string][] = [];
  const bundler = await rolldown({
    input: `${root}src/client/${entry}.ts`,
    platform: 'browser',
    external: '@uppy/core',
    resolve: { extensionAlias: { '.js': ['.ts'] } },
    onLog: (level, { message }) => logs.push([level, message]),
  });
  const { output } = await bundler.generate({ format: 'esm', codeSplitting: false, minify: true });
  await bundler.close();
  return { chunk: output[0], logs };
}

describe('nestjs-oss-callback/client', () => {
  it('is at most 6 kB, minified and compressed, with everything', async () => {
    const { chunk, logs } = await bundle('index');
    expect(logs).toEqual([]);
    expect(chunk.imports).toEqual([]);
    const { byteLength } = gzipSync(chunk.code, { level: 9 });
    expect(byteLength).toBeLessThanOrEqual(MAX_BYTES);
    expect(byteLength, 'an import of nothing').toBeGreaterThan(1_000);
  });
});

describe('nestjs-oss-callback/uppy', () => {
  it('imports @uppy/core, and of the client what it names', async () => {
    const { chunk, logs } = await bundle('uppy/index');
    expect(logs).toEqual([]);
    expect(chunk.imports).toEqual(['@uppy/core']);
    expect(gzipSync(chunk.code, { level: 9 }).byteLength).toBeLessThan(2_000);
  });
});
