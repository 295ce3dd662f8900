import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { sendRaw } from '../support/raw-http.js';
import { bucket, startSimulator } from './simulator-harness.js';

it.each(['GET', 'HEAD'])(
  'a %s that announces a body and sends none is answered',
  async (method) => {
    const simulator = await startSimulator({ checkSignatures: false });
    await simulator.objects.put({ bucket, object: 'a', body: 'content' });
    const socket = connect(Number(new URL(simulator.url).port), '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.write(`${method} /${bucket}/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n`);
    await once(socket, 'close');
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer.endsWith(method === 'GET' ? '\r\n\r\ncontent' : '\r\n\r\n')).toBe(true);
  },
);

it('a GET that sends a body is answered', async () => {
  const simulator = await startSimulator({ checkSignatures: false });
  await simulator.objects.put({ bucket, object: 'a', body: 'content' });
  const headers = { host: 'localhost', 'content-length': '5', connection: 'close' };
  const target = `/${bucket}/a`;
  const { status, body } = await sendRaw(simulator.url, {
    method: 'GET',
    target,
    headers,
    body: 'hello',
  });
  expect([status, body.toString()]).toEqual([200, 'content']);
});

it('an upload that the client aborts is no error of the local OSS', async () => {
  const lines: string[] = [];
  const simulator = await startSimulator({
    checkSignatures: false,
    log: (line) => lines.push(line),
  });
  const ended = once(simulator.events, 'request');
  const socket = connect(Number(new URL(simulator.url).port), '127.0.0.1');
  await once(socket, 'connect');
  const head = `PUT /${bucket}/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n`;
  socket.write(`${head}half`, () => socket.destroy());
  const [event] = (await ended) as [{ status: number; code?: string }];
  expect(event).toMatchObject({ status: 499 });
  expect(event.code).toBeUndefined();
  const log = lines.join('\n');
  expect(log).toContain('the client closed the connection');
  expect(log).not.toMatch(/InternalError|failed/);
  expect(simulator.objects.list()).toEqual([]);
});
