import { Controller } from '@nestjs/common';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { OssCallback, type OssCallbackOptions, OssUpload } from '../../src/index.js';
import { urlVariants } from '../../src/callback/diagnosis/signature-diagnosis-urls.js';
import { authoriseBody, callbackHeaders, sendCallback } from '../support/oss-callbacks.js';
import { type PlatformName, platforms } from '../support/platforms.js';
import { type RawResponse, sendRaw } from '../support/raw-http.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { spoil } from './spoiled-callback.js';
import { LogLines } from '../support/log-lines.js';

@Controller()
class CallbackController {
  @OssCallback('oss/callback')
  answer() {
    return { taken: true };
  }
  @OssCallback('oss/callback/:name', { name: 'named' })
  answerNamed() {
    return { taken: true };
  }
}

const PATH = '/oss/callback';

interface World extends TestApp {
  log: LogLines;
}

async function start(
  platform: PlatformName,
  options: Partial<OssCallbackOptions> = {},
): Promise<World> {
  const log = new LogLines();
  const app = await startTestApp({
    platform,
    controllers: [CallbackController],
    logger: log,
    signsCallbacks: true,
    options,
  });
  return { ...app, log };
}

/** A callback of OSS for one URL that arrives at another. */
async function sendSpoiled(
  world: World,
  signedUrl: string,
  request: { target: string; headers?: Record<string, string>; body: string; sent?: string },
): Promise<RawResponse> {
  const { body, sent = body, target } = request;
  const { 'content-length': _length, ...headers } = callbackHeaders(world, {
    body,
    target: signedUrl,
    headers: request.headers,
  });
  return sendRaw(world.url, { target, headers, body: sent });
}

describe.each(platforms)('an app on %s whose callbacks fail on their way', (platform) => {
  let world: World;

  beforeAll(async () => {
    world = await start(platform);
  });
  afterAll(() => world.stop());

  it.each([
    ['prefix', `/api${PATH}`, {}, "publicPath: { addPrefix: '/api' }"],
    [
      'prefix of a header',
      `/edge${PATH}`,
      { headers: { 'X-Original-URI': `/edge${PATH}` } },
      "publicPath: { addPrefix: '/edge' }",
    ],
    ['query', `${PATH}?b=1&a=2`, { target: `${PATH}?a=2&b=1` }, 'a proxy reordered it'],
    ['slash', `${PATH}/`, {}, 'publicPath: (path) => `${path}/`'],
    ['body', PATH, { sent: 'bucket=uploads&object=a+b' }, 'the form was parsed and written again'],
    [
      'decoded path',
      `${PATH}/%25E6%2596%2587`,
      { target: `${PATH}/%E6%96%87` },
      'a proxy decoded it',
    ],
  ])('names the cause and the setting in its log alone: %s', async (_what, signed, sent, says) => {
    const body = 'bucket=uploads&object=a%20b';
    const response = await sendSpoiled(world, signed, { target: PATH, body, ...sent });
    expect([response.status, response.json()]).toEqual([
      403,
      { code: 'SIGNATURE_INVALID', message: 'The signature is not valid.' },
    ]);
    const line = world.log.lines.at(-1);
    expect(line).toContain('SIGNATURE_INVALID for POST "/oss/callback');
    expect(line).toContain(says);
  });

  it('writes nothing of a request into its log that could pass for something else', async () => {
    const prefix = Buffer.from('/\u202egnp\u0085\u2028').toString('latin1');
    await sendSpoiled(world, `${prefix}${PATH}`, {
      target: PATH,
      headers: { 'x-original-uri': `${prefix}${PATH}` },
      body: 'a=1',
    });
    expect(world.log.lines.at(-1)).toContain('a proxy removed the prefix');
    expect(world.log.lines.at(-1)).toContain('addPrefix: "/â\\u0080');
    for (const line of world.log.lines) {
      expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }
  });

  it('nor does a name in a body that OSS signed', async () => {
    const body = '%E2%80%AEa%0Ab=1&%E2%80%AEa%0Ab=2';
    expect((await sendCallback(world, { body })).status).toBe(400);
    expect(world.log.lines.at(-1)).toContain('the name "\\u202ea\\nb" appears twice');
  });

  it('takes the same callback when nothing spoils it', async () => {
    const { body } = await authoriseBody(world);
    const response = await sendCallback(world, { body });
    expect([response.status, response.json()]).toEqual([200, { taken: true }]);
  });

  it('explains ten within a minute, and refuses the others all the same', async () => {
    for (let count = 0; count < 12; count += 1) {
      const response = await sendSpoiled(world, `/api${PATH}`, { target: PATH, body: 'a=1' });
      expect(response.status).toBe(403);
    }
    expect(world.log.lines.at(-1)).toContain('not explained, as 10 others were within a minute');
    const explained = world.log.lines.filter((line) => line.includes('OSS requested'));
    expect(explained.length).toBeLessThanOrEqual(10);
  });
});

describe('an app whose callbacks fail on their way', () => {
  it('accepts no variant, whatever was signed and whatever the headers say', async () => {
    const world = await start('Fastify');
    onTestFinished(() => world.stop());
    const uploads = world.dataSource.getRepository(OssUpload);
    const uploadsBefore = await uploads.count();
    const received = `${PATH}?b=1&a=%2f+`;
    const { body } = await authoriseBody(world, {}, { target: received });
    const signable = urlVariants(
      spoil({ url: '/' }, { received, callbackUrls: [`/x${received}`] }),
    );
    const bodies = [body, `${body}\n`, body.replaceAll('%20', '+'), JSON.stringify({ body })];
    const headerNames = [
      'x-original-uri',
      'x-forwarded-prefix',
      'x-rewrite-url',
      'x-envoy-original-path',
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(received, ...signable),
        fc.constantFrom(...bodies),
        fc.constantFrom(...bodies),
        fc.dictionary(fc.constantFrom(...headerNames), fc.constantFrom('/api', ...signable)),
        async (signedUrl, signedBody, sent, headers) => {
          fc.pre(signedUrl !== received || signedBody !== sent);
          const response = await sendSpoiled(world, signedUrl, {
            target: received,
            headers,
            body: signedBody,
            sent,
          });
          expect([response.status, response.json()]).toEqual([
            403,
            { code: 'SIGNATURE_INVALID', message: 'The signature is not valid.' },
          ]);
        },
      ),
      { numRuns: 150 },
    );
    expect(await uploads.count()).toBe(uploadsBefore);
    expect((await sendCallback(world, { body, target: received })).status).toBe(200);
  });
});

describe.each(platforms)('the setting that the log of an app on %s names', (platform) => {
  it.each([
    ["publicPath: { addPrefix: '/api' }", `/api${PATH}`, PATH, { addPrefix: '/api' }],
    ["publicPath: { removePrefix: '/oss' }", '/callback', PATH, { removePrefix: '/oss' }],
    ['publicPath: (path) => `${path}/`', `${PATH}/`, PATH, (path: string) => `${path}/`],
  ] as const)('fixes it: %s', async (setting, signed, received, publicPath) => {
    const before = await start(platform);
    try {
      const response = await sendSpoiled(before, signed, { target: received, body: 'a=1' });
      expect(response.status).toBe(403);
      expect(before.log.lines.at(-1)).toContain(setting);
    } finally {
      await before.stop();
    }
    const after = await start(platform, { publicPath });
    try {
      const { body } = await authoriseBody(after);
      const response = await sendSpoiled(after, signed, { target: received, body });
      expect([response.status, response.json()]).toEqual([200, { taken: true }]);
    } finally {
      await after.stop();
    }
  });
});

describe.each(platforms)(
  'a publicPath function on %s that goes wrong when a request comes',
  (platform) => {
    it('refuses plainly', async () => {
      const publicPath = (path: string) => {
        if (path === PATH || path.includes(':')) return path;
        throw new Error('not mine');
      };
      const world = await start(platform, { publicPath });
      try {
        const target = `${PATH}/other`;
        const response = await sendSpoiled(world, target, { target, body: 'a=1' });
        expect([response.status, response.json()]).toEqual([
          500,
          { code: 'INVALID_OPTIONS', message: 'The option "publicPath" does not return a path.' },
        ]);
        expect(world.log.lines.at(-1)).toContain('its function threw "Error: not mine"');
        const { body } = await authoriseBody(world);
        expect((await sendCallback(world, { body })).status).toBe(200);
      } finally {
        await world.stop();
      }
    });
  },
);
