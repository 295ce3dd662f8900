import { All, Controller, HttpCode, Inject, Post, UseGuards } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import express from 'express';
import { describe, expect, it } from 'vitest';
import { OssCallback, OssCallbackGuard, OssCallbackHealthIndicator } from '../../src/index.js';
import { OSS_CALLBACK_ERROR_STATUS } from '../../src/common/errors.js';
import { callbackHeaders } from '../support/oss-callbacks.js';
import { type RawResponse, sendBytes, toBytes } from '../support/raw-http.js';
import { TICKET_SECRET, useTestApp } from '../support/test-app.js';

/** Each host is waited for twice; what must reach its method by then is sent until it does. */
const ANSWER_WITHIN_MS = 600;
const body = 'bucket=uploads&object=a.txt';

@Controller()
class CallbackController {
  constructor(
    @Inject(OssCallbackHealthIndicator) private readonly health: OssCallbackHealthIndicator,
  ) {}

  @OssCallback('oss/callback')
  callback() {
    return this.answer();
  }

  @Post('guarded/by/:name')
  @HttpCode(200)
  @UseGuards(OssCallbackGuard)
  guarded() {
    return this.answer();
  }

  @All('any')
  @UseGuards(OssCallbackGuard)
  any() {
    return this.answer();
  }

  /** Whether the callback that the method sees counts among those that are worked on. */
  private async answer() {
    const { x: found } = await this.health.isHealthy('x');
    return { counts: found.callbacksInFlight > 0 };
  }
}

const hosts = {
  Express: () => new ExpressAdapter(),
  'Express, strict and case-sensitive': () =>
    new ExpressAdapter(express().enable('strict routing').enable('case sensitive routing')),
  Fastify: () => new FastifyAdapter(),
  'Fastify, with every option of its router': () =>
    new FastifyAdapter({
      routerOptions: {
        ignoreDuplicateSlashes: true,
        ignoreTrailingSlash: true,
        useSemicolonDelimiter: true,
        caseSensitive: false,
      } as object,
    }),
  'Fastify that rewrites URLs': () =>
    new FastifyAdapter({ rewriteUrl: ({ url = '' }) => url.replace('/from-outside', '') }),
};

/** Of a path, as a request may name it; a router may take each for that path. */
const disguises: [what: string, disguise: (path: string) => string][] = [
  ['as it is', (path) => path],
  ['in capitals', (path) => path.toUpperCase()],
  ['with a slash at the end', (path) => `${path}/`],
  ['with two slashes at the end', (path) => `${path}//`],
  ['with two slashes at the beginning', (path) => `/${path}`],
  ['with two slashes in between', (path) => path.replaceAll(/(?<=.)\//g, '//')],
  ['with a semicolon', (path) => `${path};x`],
  ['with a semicolon and a query', (path) => `${path};x=1?y=2`],
  ['with a query of slashes', (path) => `${path}?a=//b;c`],
  ['with a fragment', (path) => `${path}#x`],
  ['with a letter escaped', (path) => path.replace(/[a-z](?=[^/]*$)/, escaped)],
  ['with every letter escaped', (path) => path.replaceAll(/[a-z]/g, escaped)],
  ['with a slash escaped', (path) => path.replace(/(?<=.)\//, '%2F')],
  ['with a backslash', (path) => path.replace(/(?<=.)\//, '\\')],
  ['with a backslash at the end', (path) => `${path}\\`],
  ['with a no-break space at the end', (path) => `${path}\u00a0`],
  ['with a no-break space before a fragment', (path) => `${path}\u00a0#`],
  ['with dots', (path) => `/x/..${path}`],
  ['with an escaped end', (path) => `${path}%00`],
  ['with an escape that is none', (path) => `${path}%`],
  ['from outside', (path) => `/from-outside${path}`],
  ...['http', 'https', 'HTTP', 'ftp', 'ws', 'a', 'javascript', 'mailto'].map(
    (scheme): (typeof disguises)[number] => [`as ${scheme}:`, (path) => `${scheme}://x${path}`],
  ),
  ['as a URL with user and port', (path) => `http://a:b@x:1${path}`],
  ['as a URL with one slash', (path) => `http:${path}`],
];

/** Absent where it is the host's, or the HTTP server's own. */
function codeOf({ body }: RawResponse): string | undefined {
  const [, code] = /^\{"code":"(\w+)"/.exec(body.toString()) ?? [];
  return code !== undefined && code in OSS_CALLBACK_ERROR_STATUS ? code : undefined;
}

/** What the method says whether it counts; absent where it was not reached. */
function countsIn(response: RawResponse): boolean | undefined {
  return response.status === 200 ? (response.json() as { counts: boolean }).counts : undefined;
}

function escaped(letter: string): string {
  return `%${letter.charCodeAt(0).toString(16)}`;
}

const worlds = Object.entries(hosts).map(([name, adapter]) => {
  const world = useTestApp(() => ({
    adapter: adapter(),
    host: { rawBody: true },
    controllers: [CallbackController],
    signsCallbacks: true,
    options: {
      answerWithinMs: ANSWER_WITHIN_MS,
      tickets: { secrets: [TICKET_SECRET], required: false },
    },
  }));
  return [name, world] as const;
});

describe.concurrent.each(worlds)('on %s', (_name, world) => {
  /** Callbacks with signatures for what OSS would sign, if it asked for these targets. */
  async function send(
    method: string,
    targets: readonly string[],
    alter = (bytes: Buffer) => bytes,
  ): Promise<RawResponse[]> {
    return Promise.all(
      targets.map((target) => {
        const signable = /^\/[!-~]*$/.test(target) && !/#|%00|%$/.test(target) ? target : '/';
        const headers = callbackHeaders(world, { body, target: signable });
        const bytes = toBytes(world.url, { method, target, headers, body });
        return sendBytes(world.url, alter(bytes), method === 'HEAD');
      }),
    );
  }

  // one after the other, since each looks at whether no other callback is worked on
  it.sequential.for(['/oss/callback', '/guarded/by/name'])(
    '%s is never reached without a place and a deadline, whatever a request calls it',
    async (path, { expect }) => {
      const named = disguises.map(([what, disguise]) => ({ what, target: disguise(path) }));
      await expect.poll(async () => countsIn((await send('POST', [path]))[0]!)).toBe(true);
      const whole: RawResponse[] = [];
      // one after the other, so that no other one is in flight
      for (const { target } of named) whole.push(...(await send('POST', [target])));
      const outcomes = whole.map((response, index) => ({ ...named[index]!, response }));
      expect(outcomes.filter(({ response }) => countsIn(response) === false)).toEqual([]);

      // to all others, which no route takes, the host answers
      const reached = outcomes.filter(
        ({ response }) =>
          countsIn(response) ?? (codeOf(response) ?? 'REFUSED_BY_APP') !== 'REFUSED_BY_APP',
      );
      const targets = reached.map(({ target }) => target);
      const withoutBody = await send('POST', targets, (bytes) => bytes.subarray(0, -5));
      expect(reached.map(({ what }, index) => [what, codeOf(withoutBody[index]!)])).toEqual(
        reached.map(({ what }) => [what, 'DEADLINE_EXCEEDED']),
      );
    },
  );

  it.sequential('a method that a host may route there is no callback', async () => {
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'SEARCH']) {
      const [response] = await send(method, ['/any']);
      expect([method, [400, 404].includes(response!.status)]).toEqual([method, true]);
      if (response!.status === 404 || method === 'HEAD') continue;
      expect([method, codeOf(response!)]).toEqual([method, 'MALFORMED_REQUEST']);
    }
  });
});
