import { verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { callbackStringsToSign } from '../../src/protocol/callback/callback-signature.js';
import { encodePostPolicy } from '../../src/protocol/signing/post-policy.js';
import { signPolicyV1 } from '../../src/protocol/signing/signature-v1.js';
import { type OssSimulatorOptions } from '../../src/simulator/index.js';
import {
  bucket,
  codeOf,
  credentials,
  messageOf,
  putWithCallback,
  send,
  startApp,
  startSimulator,
} from './simulator-harness.js';

describe('what is not known of OSS', () => {
  it.each([
    [undefined, 'wanted', 200],
    [undefined, 'other', 403],
    ['enforce', 'other', 403],
    ['ignore', 'other', 200],
    ['refuse', 'wanted', 400],
  ] as const)(
    'conditions on x: fields, %s, field %s',
    async (variableConditions, value, status) => {
      const simulator = await startSimulator(variableConditions ? { variableConditions } : {});
      const policy = encodePostPolicy({
        expiresAt: new Date(Date.now() + 60_000),
        conditions: [{ bucket }, ['eq', '$x:user', 'wanted']],
      });
      const form = new FormData();
      const fields = { key: 'a', policy, ...signPolicyV1(policy, credentials), 'x:user': value };
      for (const [name, text] of Object.entries(fields)) form.append(name, text);
      form.append('success_action_status', '200');
      form.append('file', new Blob(['a']), 'a');
      const response = await fetch(`${simulator.url}/${bucket}/`, { method: 'POST', body: form });
      expect(response.status).toBe(status);
      expect(simulator.objects.list()).toHaveLength(status === 200 ? 1 : 0);
    },
  );

  it.each([
    [{ space: '+' }, 'a=1+2'],
    [{ space: '%20' }, 'a=1%202'],
  ] as const)('a space in a form body, %o', async (rendering, body) => {
    const app = await startApp();
    const simulator = await startSimulator({ rendering });
    const callback = { callbackUrl: app.url, callbackBody: 'a=${object}' };
    const headers = { 'x-oss-callback': Buffer.from(JSON.stringify(callback)).toString('base64') };
    await send(simulator, { method: 'PUT', object: '1 2', headers, body: 'a' });
    expect(app.received[0]?.body.toString()).toBe(body);
  });

  it.each([
    [{}, '/a?', '/a?'],
    [{ bareQuestionMark: 'left-out' }, '/a?', '/a'],
    [{ plusInPath: 'plus' }, '/a+b?c+d', '/a+b?c+d'],
    [{ plusInPath: 'space' }, '/a+b?c+d', '/a%20b?c+d'],
  ] as const)('what the signature covers, %o: %s as %s', async (signing, path, signed) => {
    const app = await startApp();
    const simulator = await startSimulator({ signing });
    await putWithCallback(simulator, `${new URL(app.url).origin}${path}`);
    const [callback] = app.received;
    expect(callback?.url).toBe(path);
    const [text] = callbackStringsToSign({ url: signed, body: callback?.body ?? Buffer.alloc(0) });
    const signature = Buffer.from(callback?.headers.authorization ?? '', 'base64');
    expect(verify('RSA-MD5', text!, simulator.publicKey, signature)).toBe(true);
  });
});

describe('strict', () => {
  const put = async (url: string, options: OssSimulatorOptions = {}) => {
    const simulator = await startSimulator({ strict: true, callbackTimeoutMs: 50, ...options });
    const { status, text } = await putWithCallback(simulator, ...url.split(';'));
    const ec = /<EC>(.*)<\/EC>/.exec(text)?.[1];
    const stored = simulator.objects.list().length;
    return { status, code: codeOf(text), message: messageOf(text), ec, stored };
  };

  it.each([
    'http://127.0.0.1/',
    'http://localhost:8080/',
    'http://10.1.2.3/',
    'http://172.16.0.1/',
    'http://192.168.1.1/',
    'http://169.254.169.254/',
    'http://100.64.0.1/',
    'http://8.8.8.8/;http://192.168.1.1/',
  ])('refuses %s before anything is stored', async (url) => {
    expect(await put(url)).toEqual({
      status: 400,
      code: 'InvalidArgument',
      message: 'Private address is forbidden to callback.',
      ec: '0007-00000008',
      stored: 0,
    });
  });

  it('refuses a host without an address', async () => {
    expect(await put('http://nowhere.invalid/')).toEqual({
      status: 400,
      code: 'InvalidArgument',
      message: 'Can not get ip by this host.',
      ec: '0007-00000007',
      stored: 0,
    });
  });

  it('takes a public address, and does not call it', async () => {
    expect(await put('http://8.8.8.8/')).toMatchObject({
      status: 203,
      message: 'Error status : -1.OSS can not connect to your callbackUrl, please check it.',
      stored: 1,
    });
  });
});
