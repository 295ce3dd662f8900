import OSS from 'ali-oss';
import { describe, expect, it } from 'vitest';
import { signatureRpc } from '../../src/protocol/signing/signature-rpc.js';
import { signRequestV4 } from '../../src/protocol/signing/signature-v4.js';
import type { OssSimulator } from '../../src/simulator/index.js';
import { bucket, codeOf, credentials, region, startSimulator } from './simulator-harness.js';

const ROLE = 'acs:ram::1234567890123456:role/uploader';

function stsOf(simulator: OssSimulator, secret = credentials.accessKeySecret) {
  return new OSS.STS({
    accessKeyId: credentials.accessKeyId,
    accessKeySecret: secret,
    endpoint: simulator.url,
  } as never);
}

function policy(action: string[], resource: string[]) {
  return { Version: '1', Statement: [{ Effect: 'Allow', Action: action, Resource: resource }] };
}

type Session = Awaited<ReturnType<InstanceType<typeof OSS.STS>['assumeRole']>>['credentials'];

interface Parts {
  method?: string;
  object?: string;
  query?: Record<string, string>;
  body?: string;
}

async function sendAs(simulator: OssSimulator, session: Session, parts: Parts, now = new Date()) {
  const { method = 'PUT', object = 'users/7/a.txt', query = {}, body = 'content' } = parts;
  const signed = signRequestV4(
    { method, bucket, object, query, headers: {} },
    {
      credentials: {
        accessKeyId: session.AccessKeyId,
        accessKeySecret: session.AccessKeySecret,
        securityToken: session.SecurityToken,
      },
      region,
      signedAt: now,
    },
  );
  const search = new URLSearchParams(query).toString();
  const response = await fetch(
    `${simulator.url}/${bucket}/${encodeURI(object)}${search && `?${search}`}`,
    {
      method,
      headers: signed,
      ...(method === 'PUT' ? { body: Buffer.from(body) } : {}),
    },
  );
  return { status: response.status, code: codeOf(await response.text()), response };
}

/** A request of one's own making, signed unless told otherwise. */
async function ask(simulator: OssSimulator, changes: Record<string, string | undefined> = {}) {
  const response = await post(simulator, changes);
  const { Code } = (await response.json()) as { Code?: string };
  return [response.status, Code];
}

function post(
  simulator: OssSimulator,
  changes: Record<string, string | undefined>,
): Promise<Response> {
  const parameters = Object.fromEntries(
    Object.entries({
      Action: 'AssumeRole',
      RoleArn: ROLE,
      RoleSessionName: 'test',
      AccessKeyId: credentials.accessKeyId,
      SignatureMethod: 'HMAC-SHA1',
      SignatureVersion: '1.0',
      SignatureNonce: String(Math.random()),
      Timestamp: new Date().toISOString(),
      ...changes,
    }).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  const Signature = signatureRpc('POST', parameters, credentials.accessKeySecret);
  return fetch(`${simulator.url}/`, {
    method: 'POST',
    body: new URLSearchParams({ Signature, ...parameters }),
  });
}

describe('the STS of the local OSS', () => {
  it('gives the client of ali-oss credentials that do what their policy allows', async () => {
    const simulator = await startSimulator();
    const askedAt = Date.now();
    const { credentials: session } = await stsOf(simulator).assumeRole(
      ROLE,
      policy(['oss:PutObject', 'oss:ListParts'], [`acs:oss:*:*:${bucket}/users/7/a.txt`]),
      900,
      'user-7',
    );
    // in whole seconds
    expect(Date.parse(session.Expiration)).toBeGreaterThan(askedAt + 899_000);
    expect(Date.parse(session.Expiration)).toBeLessThanOrEqual(Date.now() + 900_000);
    const run = (parts: Parts) => sendAs(simulator, session, parts);

    expect(await run({})).toMatchObject({ status: 200 });
    expect(await run({ method: 'POST', query: { uploads: '' } })).toMatchObject({ status: 200 });
    for (const parts of [
      { object: 'users/7/a.txt2' },
      { object: 'users/8/a.txt' },
      { object: 'users/7' },
      { method: 'GET' },
      { method: 'HEAD' },
      { method: 'DELETE' },
      { method: 'DELETE', query: { uploadId: 'x' } },
    ]) {
      expect({ ...parts, ...(await run(parts)) }).toMatchObject({ ...parts, status: 403 });
    }
    expect(await run({ method: 'GET', query: { uploadId: 'x' } })).toMatchObject({ status: 404 });
    expect(simulator.objects.list().map(({ object }) => object)).toEqual(['users/7/a.txt']);
  });

  it('reads * and ? in a policy as RAM does', async () => {
    const simulator = await startSimulator();
    const { credentials: session } = await stsOf(simulator).assumeRole(
      ROLE,
      policy(['oss:Put*'], [`acs:oss:*:*:${bucket}/users/?/*`]),
    );
    expect(await sendAs(simulator, session, { object: 'users/8/b/c' })).toMatchObject({
      status: 200,
    });
    expect(await sendAs(simulator, session, { object: 'users/18/b' })).toMatchObject({
      status: 403,
    });
  });

  it('gives credentials that end, and that belong to their token', async () => {
    let now = new Date();
    const simulator = await startSimulator({ clock: () => now });
    const { credentials: session } = await stsOf(simulator).assumeRole(ROLE, '', 900);
    expect(await sendAs(simulator, session, {})).toMatchObject({ status: 200 });
    expect(
      await sendAs(simulator, { ...session, SecurityToken: 'another' }, {}, now),
    ).toMatchObject({ status: 403, code: 'InvalidSecurityToken' });
    now = new Date(Date.parse(session.Expiration));
    expect(await sendAs(simulator, session, {}, now)).toMatchObject({
      status: 403,
      code: 'SecurityTokenExpired',
    });
  });

  it('refuses who does not hold the key', async () => {
    const simulator = await startSimulator();
    await expect(stsOf(simulator, 'wrong').assumeRole(ROLE)).rejects.toMatchObject({
      status: 400,
      code: 'SignatureDoesNotMatch',
    });
  });

  it.each([
    [{}, [200, undefined]],
    [{ AccessKeyId: 'unknown' }, [404, 'InvalidAccessKeyId.NotFound']],
    [{ Signature: 'AAAA' }, [400, 'SignatureDoesNotMatch']],
    [{ Timestamp: '2020-01-01T00:00:00Z' }, [400, 'InvalidTimeStamp.Expired']],
    [{ Timestamp: 'now' }, [400, 'InvalidTimeStamp.Expired']],
    [{ SignatureNonce: undefined }, [400, 'MissingSignatureNonce']],
    [{ SignatureMethod: 'HMAC-MD5' }, [400, 'IncompleteSignature']],
    [{ Action: 'GetCallerIdentity' }, [404, 'InvalidAction.NotFound']],
    [{ RoleArn: 'role/uploader' }, [400, 'InvalidParameter.RoleArn']],
    [{ RoleSessionName: 'a b' }, [400, 'InvalidParameter.RoleSessionName']],
    [{ DurationSeconds: '899' }, [400, 'InvalidParameter.DurationSeconds']],
    [{ DurationSeconds: '3601' }, [400, 'InvalidParameter.DurationSeconds']],
    [{ Policy: '{}' }, [400, 'InvalidParameter.PolicyGrammar']],
    [{ Policy: '{"Version":"1"' }, [400, 'InvalidParameter.PolicyGrammar']],
    [
      { Policy: JSON.stringify(policy(['oss:PutObject'], ['x'.repeat(2_048)])) },
      [400, 'InvalidParameter.PolicyGrammar'],
    ],
  ])('answers %j with %j', async (changes, answer) => {
    const simulator = await startSimulator();
    expect(await ask(simulator, changes)).toEqual(answer);
  });

  it('answers in XML where the request asks for it, with errors as well', async () => {
    const simulator = await startSimulator();
    const response = await post(simulator, { Format: 'XML' });
    expect(response.headers.get('content-type')).toBe('text/xml;charset=utf-8');
    expect(await response.text()).toMatch(
      /^<\?xml [^>]*>\s*<AssumeRoleResponse>[^]*<AssumedRoleUser>\s*<Arn>[^]*<Credentials>\s*<AccessKeyId>STS\.[^]*<\/AssumeRoleResponse>\s*$/,
    );
    const refused = await post(simulator, { Format: 'XML', RoleArn: 'a' });
    expect(refused.status).toBe(400);
    expect(await refused.text()).toMatch(/<Error>[^]*<Code>InvalidParameter\.RoleArn<\/Code>/);
  });

  it('tells the string to sign of a signature that does not match, behind a colon', async () => {
    const simulator = await startSimulator();
    const response = await post(simulator, { Signature: 'AAAA', SignatureNonce: 'n' });
    const { Message } = (await response.json()) as { Message: string };
    const [words, text = ''] = Message.split(/:(.*)/s);
    expect(words).toBe(
      'Specified signature is not matched with our calculation. server string to sign is',
    );
    expect(text).toMatch(/^POST&%2F&AccessKeyId%3D/);
    expect(text).toContain('SignatureNonce%3Dn%26');
  });

  it('takes no security token beside a permanent key', async () => {
    const simulator = await startSimulator();
    expect(await ask(simulator, { SecurityToken: 'bogus' })).toEqual([
      400,
      'InvalidSecurityToken.MismatchWithAccessKey',
    ]);
  });

  it('takes no request twice, and gives those with temporary credentials no further ones', async () => {
    const simulator = await startSimulator();
    expect(await ask(simulator, { SignatureNonce: 'once' })).toEqual([200, undefined]);
    expect(await ask(simulator, { SignatureNonce: 'once' })).toEqual([400, 'SignatureNonceUsed']);
    const { credentials: session } = await stsOf(simulator).assumeRole(ROLE);
    expect(await ask(simulator, { AccessKeyId: session.AccessKeyId })).toEqual([
      403,
      'NoPermission',
    ]);
  });
});
