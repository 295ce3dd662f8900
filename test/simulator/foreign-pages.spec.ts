import { describe, expect, it } from 'vitest';
import type { OssSimulator, OssSimulatorOptions } from '../../src/simulator/index.js';
import { sendRaw } from '../support/raw-http.js';
import { bucket, region, send, startSimulator } from './simulator-harness.js';

const FOREIGN = 'https://evil.example';

async function startPublic(options: OssSimulatorOptions = {}): Promise<OssSimulator> {
  const acl = 'public-read-write';
  const simulator = await startSimulator({ buckets: { [bucket]: { region, acl } }, ...options });
  await simulator.objects.put({ bucket, object: 'a.txt', body: 'private text' });
  return simulator;
}

/** Sends what a browser sends for a page; `fetch` would set its own Host. */
function browse(simulator: OssSimulator, target: string, headers: Record<string, string> = {}) {
  return sendRaw(simulator.url, { method: 'GET', target, headers });
}

describe('a page of another origin', () => {
  it('reads nothing: neither public objects nor answers to what it sends', async () => {
    const simulator = await startPublic();
    for (const target of [`/${bucket}/a.txt`, '/_simulator', '/callback_pub_key_v1.pem']) {
      const answer = await browse(simulator, target, { Origin: FOREIGN });
      expect(answer.header('access-control-allow-origin'), target).toBeUndefined();
      expect(answer.body.toString()).not.toContain('private text');
    }
    const preflight = await sendRaw(simulator.url, {
      method: 'OPTIONS',
      target: `/${bucket}/a.txt`,
      headers: { Origin: FOREIGN, 'Access-Control-Request-Method': 'PUT' },
    });
    expect([preflight.status, preflight.header('access-control-allow-origin')]).toEqual([
      403,
      undefined,
    ]);
  });

  it.each([true, false])('changes nothing, signatures checked: %s', async (checkSignatures) => {
    const simulator = await startPublic({ checkSignatures });
    const form =
      '--b\r\nContent-Disposition: form-data; name="key"\r\n\r\nform.txt\r\n' +
      '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nx\r\n--b--\r\n';
    const requests = [
      { method: 'PUT', target: `/${bucket}/b.txt`, body: 'x', type: 'text/plain' },
      {
        method: 'POST',
        target: `/${bucket}/`,
        body: form,
        type: 'multipart/form-data; boundary=b',
      },
      { method: 'DELETE', target: `/${bucket}/a.txt`, body: '', type: 'text/plain' },
    ];
    for (const { type, ...request } of requests) {
      const headers = { Origin: FOREIGN, 'Content-Type': type };
      const answer = await sendRaw(simulator.url, { ...request, headers });
      expect(answer.status, request.method).toBe(403);
    }
    expect(simulator.objects.list().map(({ object }) => object)).toEqual(['a.txt']);
  });

  it('may do what its bucket allows it', async () => {
    const simulator = await startPublic({
      buckets: { [bucket]: { region, acl: 'public-read', corsOrigins: [FOREIGN] } },
    });
    const answer = await browse(simulator, `/${bucket}/a.txt`, { Origin: FOREIGN });
    expect([answer.status, answer.header('access-control-allow-origin')]).toEqual([200, FOREIGN]);
    const other = await browse(simulator, `/${bucket}/a.txt`, { Origin: 'https://other.example' });
    expect([other.status, other.header('access-control-allow-origin')]).toEqual([403, undefined]);
  });
});

describe('a page of another site', () => {
  const load = async (headers: Record<string, string>) => {
    const simulator = await startPublic();
    return (await browse(simulator, `/${bucket}/a.txt`, headers)).status;
  };

  it.each([
    ['script', 'no-cors'],
    ['style', 'no-cors'],
    ['iframe', 'navigate'],
    ['frame', 'navigate'],
    ['object', 'navigate'],
    ['embed', 'no-cors'],
    ['empty', 'no-cors'],
    ['worker', 'same-origin'],
    ['', 'no-cors'],
  ])('loads nothing as "%s" (%s); a page of the same site does', async (dest, mode) => {
    const headers = { 'Sec-Fetch-Dest': dest, 'Sec-Fetch-Mode': mode };
    expect(await load({ ...headers, 'Sec-Fetch-Site': 'cross-site' })).toBe(403);
    expect(await load({ ...headers, 'Sec-Fetch-Site': 'same-site' })).toBe(200);
  });

  it.each([
    ['image', 'no-cors'],
    ['audio', 'no-cors'],
    ['video', 'no-cors'],
    ['document', 'navigate'],
  ])('shows or links to what it cannot read, as "%s"', async (dest, mode) => {
    const headers = { 'Sec-Fetch-Dest': dest, 'Sec-Fetch-Mode': mode };
    expect(await load({ ...headers, 'Sec-Fetch-Site': 'cross-site' })).toBe(200);
  });
});

describe('a page under a host name that was rebound', () => {
  it.each([true, false])('reads nothing, signatures checked: %s', async (checkSignatures) => {
    const simulator = await startPublic({ checkSignatures });
    const { port } = new URL(simulator.url);
    for (const host of ['evil.example', `${bucket}.evil.example`, 'localhost.evil.example']) {
      for (const target of ['/a.txt', `/${bucket}/a.txt`, `/${bucket}/?list-type=2`]) {
        const answer = await browse(simulator, target, { Host: `${host}:${port}` });
        expect(answer.status, `${host}${target}`).toBe(403);
        expect(answer.body.toString()).not.toContain('private text');
      }
    }
    const allowed = await startPublic({ checkSignatures, allowedHosts: ['oss.test'] });
    const answer = await browse(allowed, '/a.txt', { Host: `${bucket}.oss.test` });
    expect(answer.body.toString()).toBe('private text');
  });
});

describe('the control address', () => {
  const ask = (simulator: OssSimulator, headers: Record<string, string>, target = '/_simulator') =>
    browse(simulator, target, {
      Authorization: `Bearer ${simulator.control?.token ?? ''}`,
      ...headers,
    });

  it('wants the token of this start, and is for no page', async () => {
    const simulator = await startSimulator();
    const { port } = new URL(simulator.url);
    expect((await ask(simulator, {})).json()).toEqual({
      url: simulator.url,
      publicKeyUrl: simulator.publicKeyUrl,
    });
    const refused: [Record<string, string>, number][] = [
      [{ Authorization: '' }, 401],
      [{ Authorization: 'Bearer wrong' }, 401],
      [{ Host: `evil.example:${port}` }, 403],
      [{ Host: `localhost.evil.example:${port}` }, 403],
      [{ Origin: FOREIGN }, 403],
      [{ Origin: `http://localhost:${port}` }, 403],
      [{ Origin: 'null' }, 403],
      [{ 'Sec-Fetch-Site': 'same-origin' }, 403],
    ];
    for (const [headers, status] of refused) {
      const answer = await ask(simulator, headers);
      expect(answer.status, JSON.stringify(headers)).toBe(status);
      expect(answer.header('access-control-allow-origin')).toBeUndefined();
    }
    const before = simulator.control?.token;
    await simulator.stop();
    await simulator.start();
    expect(simulator.control?.token).not.toBe(before);
    expect((await ask(simulator, { Authorization: `Bearer ${before}` })).status).toBe(401);
  });

  it('is off where the simulator does not listen on loopback', async () => {
    const simulator = await startSimulator({ host: '0.0.0.0' });
    expect(simulator.control).toBeUndefined();
    const { port } = new URL(simulator.url);
    const answer = await browse(simulator, '/_simulator', { Host: `127.0.0.1:${port}` });
    expect(answer.status).toBe(404);
  });

  it('makes things go wrong, from another process as well', async () => {
    const simulator = await startSimulator();
    const { url, token } = simulator.control!;
    const control = async (method: string, path: string, body?: object) => {
      const headers = { authorization: `Bearer ${token}` };
      const json = body === undefined ? {} : { body: JSON.stringify(body) };
      // Node's fetch says `sec-fetch-mode` and no more: it is no browser.
      const response = await fetch(`${url}${path}`, { method, headers, ...json });
      const text = await response.text();
      return { status: response.status, json: text ? (JSON.parse(text) as unknown) : undefined };
    };
    const fault = { at: 'upload', effect: 'answer', status: 503, operation: 'PutObject', times: 2 };
    expect((await control('POST', '/faults', fault)).status).toBe(201);
    expect((await send(simulator, { method: 'PUT', body: 'a' })).status).toBe(503);
    expect((await control('GET', '/faults')).json).toEqual([
      { at: 'upload', effect: 'answer', status: 503 },
    ]);
    await control('DELETE', '/faults');
    expect((await send(simulator, { method: 'PUT', body: 'a' })).status).toBe(200);
    for (const wrong of [
      {},
      { at: 'callback', effect: 'explode' },
      { at: 'callback', effect: 'drop', toString: 1 },
      { at: 'upload', effect: 'answer' },
      { at: 'upload', effect: 'answer', status: 200 },
      { at: 'upload', effect: 'cut', afterBytes: -1 },
    ]) {
      expect((await control('POST', '/faults', wrong)).status, JSON.stringify(wrong)).toBe(400);
    }
    const { json: rotated } = await control('POST', '/keys');
    expect(rotated).toEqual({ publicKeyUrl: `${simulator.url}/callback_pub_key_v2.pem` });
    expect((await control('GET', '/objects')).json).toMatchObject([{ bucket, object: 'a.txt' }]);
    await control('DELETE', '/objects');
    expect(simulator.objects.list()).toEqual([]);
    expect((await control('GET', '/nothing')).status).toBe(404);
    expect((await control('GET', '/callbacks')).json).toEqual([]);
  });
});

describe('what a browser gets of an object', () => {
  it.each([
    ['text/html', true],
    ['TEXT/HTML; charset=utf-8', true],
    ['image/svg+xml', true],
    ['application/xml', true],
    ['text/xml', true],
    ['application/xhtml+xml', true],
    ['image/png,text/html', true],
    ['image/png, text/html', true],
    ['image/png text/html', true],
    ['image/', true],
    ['', true],
    ['text/javascript', true],
    ['text/css', true],
    ['application/json', true],
    ['application/pdf', true],
    ['application/octet-stream', true],
    ['multipart/x-mixed-replace; boundary=a', true],
    ['image/png', false],
    ['Image/PNG; a=b', false],
    ['video/webm;codecs=vp8,opus', false],
    ['audio/mpeg', false],
    ['text/plain; charset=utf-8', false],
  ])('of type %s is an attachment: %s', async (mimeType, isAttachment) => {
    const simulator = await startPublic();
    await simulator.objects.put({ bucket, object: 'page', body: '<script>', mimeType });
    const answer = await fetch(`${simulator.url}/${bucket}/page`);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('content-disposition')).toBe(isAttachment ? 'attachment' : null);
    const query = '?response-content-type=text/html&response-content-disposition=inline';
    const altered = await fetch(`${simulator.url}/${bucket}/page${query}`);
    expect(altered.headers.get('content-disposition')).toBe('attachment');
  });

  it('keeps the name that an attachment was given, and nothing that only looks like one', async () => {
    const simulator = await startPublic();
    const url = `${simulator.url}/${bucket}/a.txt?response-content-type=text/html`;
    const dispositions = [
      'attachment; filename="a.html"',
      'attachment-not; a',
      'inline; attachment',
    ];
    const served = dispositions.map(async (disposition) => {
      const query = `&response-content-disposition=${encodeURIComponent(disposition)}`;
      return (await fetch(url + query)).headers.get('content-disposition');
    });
    expect(await Promise.all(served)).toEqual([dispositions[0], 'attachment', 'attachment']);
  });
});
