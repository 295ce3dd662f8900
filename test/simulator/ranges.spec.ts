import { describe, expect, it } from 'vitest';
import { bucket, codeOf, send, startSimulator } from './simulator-harness.js';

const BODY = '123456789';
const STANDARD = { 'x-oss-range-behavior': 'standard' };

async function getRange(range: string, more: Record<string, string> = {}, body = BODY) {
  const simulator = await startSimulator();
  await simulator.objects.put({ bucket, object: 'a.txt', body });
  const response = await send(simulator, { headers: { range, ...more } });
  const text = await response.text();
  const content = response.status === 416 ? codeOf(text) : text;
  return [response.status, content, response.headers.get('content-range')];
}

describe('a range within the object', () => {
  it.each([
    ['bytes=0-3', '1234', 'bytes 0-3/9'],
    ['bytes=0-8', BODY, 'bytes 0-8/9'],
    ['bytes=7-', '89', 'bytes 7-8/9'],
    ['bytes=-2', '89', 'bytes 7-8/9'],
    ['bytes=-9', BODY, 'bytes 0-8/9'],
  ])('%s gives it', async (range, text, contentRange) => {
    expect(await getRange(range)).toEqual([206, text, contentRange]);
    expect(await getRange(range, STANDARD)).toEqual([206, text, contentRange]);
  });
});

describe('a range that reaches beyond the object', () => {
  it.each(['bytes=5-99', 'bytes=0-9', 'bytes=9-', 'bytes=99-', 'bytes=99-199', 'bytes=-10'])(
    '%s gives the whole object',
    async (range) => {
      expect(await getRange(range)).toEqual([200, BODY, null]);
    },
  );

  it.each([
    ['bytes=5-99', '6789', 'bytes 5-8/9'],
    ['bytes=0-9', BODY, 'bytes 0-8/9'],
    ['bytes=-10', BODY, 'bytes 0-8/9'],
  ])('%s ends with it where HTTP is asked for', async (range, text, contentRange) => {
    expect(await getRange(range, STANDARD)).toEqual([206, text, contentRange]);
  });

  it.each(['bytes=9-', 'bytes=99-', 'bytes=99-199'])(
    '%s cannot be satisfied where HTTP is asked for',
    async (range) => {
      expect(await getRange(range, STANDARD)).toEqual([416, 'InvalidRange', 'bytes */9']);
    },
  );

  it('has nothing to take of an empty object', async () => {
    expect(await getRange('bytes=0-', {}, '')).toEqual([200, '', null]);
    expect(await getRange('bytes=-1', {}, '')).toEqual([200, '', null]);
    for (const range of ['bytes=0-', 'bytes=0-0', 'bytes=-1']) {
      expect(await getRange(range, STANDARD, '')).toEqual([416, 'InvalidRange', 'bytes */0']);
    }
  });
});

describe('a range that is none', () => {
  it.each(['bytes=3-1', 'lines=1-2', 'bytes=-', 'bytes=a-b', 'bytes=0-1,3-4'])(
    '%s gives the whole object',
    async (range) => {
      expect(await getRange(range)).toEqual([200, BODY, null]);
      expect(await getRange(range, STANDARD)).toEqual([200, BODY, null]);
    },
  );

  it('of the last 0 bytes is invalid', async () => {
    expect(await getRange('bytes=-0')).toEqual([416, 'InvalidRange', 'bytes */9']);
    expect(await getRange('bytes=-0', STANDARD)).toEqual([416, 'InvalidRange', 'bytes */9']);
  });
});
