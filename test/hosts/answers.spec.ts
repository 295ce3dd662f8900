import { Readable } from 'node:stream';
import {
  Controller,
  ForbiddenException,
  HttpException,
  Param,
  StreamableFile,
} from '@nestjs/common';
import { EMPTY, of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { CompletedUpload, OssCallback, OssUpload } from '../../src/index.js';
import { authoriseBody, sendCallback } from '../support/oss-callbacks.js';
import { startTestApp, useWorlds } from '../support/test-app.js';
import { ANSWER_WITHIN_MS } from '../support/answer-times.js';

const circular: Record<string, unknown> = {};
circular.self = circular;
const failed = { code: 'ANSWER_FAILED', message: 'The app could not build its response.' };

/** By upload id: ends the slow method of that upload. */
const releases = new Map<string, () => void>();

interface Case {
  answer: (upload: OssUpload) => unknown;
  status: number;
  body: (upload: OssUpload) => unknown;
}

const receipt = ({ id, status }: OssUpload) => ({ uploadId: id, status });
const same = (value: unknown): Case => ({ answer: () => value, status: 200, body: () => value });
const fails = (answer: () => unknown, status = 500): Case => ({
  answer,
  status,
  body: () => failed,
});

/** What a method can come to, and what the uploader is told then. */
const cases: Record<string, Case> = {
  'an object': {
    answer: ({ object }) => ({ object }),
    status: 200,
    body: ({ object }) => ({ object }),
  },
  nothing: { answer: () => undefined, status: 200, body: receipt },
  null: { answer: () => null, status: 200, body: receipt },
  false: same(false),
  zero: same(0),
  'an empty text': same(''),
  'a text in Chinese': same('上传成功'),
  'an array': same([1, 2]),
  'the upload itself': {
    answer: (upload) => upload,
    status: 200,
    body: ({ id }) => expect.objectContaining({ id, status: 'completed', variables: {} }),
  },
  'a promise': {
    answer: async () => ({ later: true }),
    status: 200,
    body: () => ({ later: true }),
  },
  'an observable': { answer: () => of({ seen: true }), status: 200, body: () => ({ seen: true }) },
  'an observable of several': { answer: () => of(1, 2, 3), status: 200, body: () => 3 },
  'an observable of nothing': { answer: () => EMPTY, status: 200, body: receipt },
  'a BigInt': fails(() => ({ size: 5n })),
  'a circle': fails(() => circular),
  'a function': fails(() => () => 1),
  'a stream': fails(() => Readable.from(['hello'])),
  'a StreamableFile': fails(() => new StreamableFile(Buffer.from('hello'))),
  'a toJSON that throws': fails(() => ({
    toJSON: () => {
      throw new Error('no');
    },
  })),
  'two megabytes': fails(() => 'a'.repeat(2 * 1024 * 1024)),
  'an Error': fails(() => {
    throw new Error('database password is 123');
  }),
  'a text that is thrown': fails(() => {
    // oxlint-disable-next-line typescript/only-throw-error -- some apps do
    throw 'a text';
  }),
  'undefined that is thrown': fails(() => {
    // oxlint-disable-next-line typescript/only-throw-error -- some apps do
    throw undefined;
  }),
  'a rejected promise': fails(async () => {
    throw new Error('no');
  }),
  'an observable that fails': fails(() => throwError(() => new Error('no'))),
  'a ForbiddenException': fails(() => {
    throw new ForbiddenException({ secret: 'stays here' });
  }, 403),
  'an exception with status 200': fails(() => {
    throw new HttpException('all is well', 200);
  }),
  'an exception with status 204': fails(() => {
    throw new HttpException('', 204);
  }),
};

/** How often the method was called that fails at first. */
let calls = 0;

@Controller()
class AnswerController {
  @OssCallback('answers-later', { name: 'later' })
  later() {
    calls += 1;
    if (calls === 1) throw new Error('not yet');
    return { later: true };
  }

  @OssCallback('answers/:name')
  answer(@Param('name') name: string, @CompletedUpload() upload: OssUpload): unknown {
    return cases[name]!.answer(upload);
  }

  @OssCallback('slow', { name: 'slow' })
  slow(@CompletedUpload() { id }: OssUpload) {
    return new Promise((resolve) => releases.set(id, () => resolve({ late: true })));
  }
}

const worlds = useWorlds((platform) =>
  startTestApp({
    platform,
    controllers: [AnswerController],
    options: { answerWithinMs: ANSWER_WITHIN_MS, callback: { url: '/slow' } },
    signsCallbacks: true,
  }),
);

describe.each(worlds)('what an @OssCallback method comes to on %s', (_platform, world) => {
  it.each(Object.entries(cases))('%s', async (name, { status, body: expected }) => {
    const target = `/answers/${encodeURIComponent(name)}`;
    const { body, uploadId } = await authoriseBody(world, {}, { target });
    const response = await sendCallback(world, { target, body });
    const upload = await world.audit.get(uploadId);
    expect(upload).toMatchObject({ status: 'completed' });
    expect([response.status, response.json()]).toEqual([status, expected(upload!)]);
    expect(response.header('content-type')).toBe('application/json');
    expect(response.header('content-length')).toBe(String(response.body.byteLength));
  });

  it('answers again when the same upload is reported again', async () => {
    const target = '/answers/an%20object';
    const { body } = await authoriseBody(world, {}, { target });
    const send = () => sendCallback(world, { target, body });
    const [first, second] = [await send(), await send()];
    expect(second.body).toEqual(first.body);
    expect([first.status, second.status]).toEqual([200, 200]);
  });

  it('answers a second delivery well where the first one’s method failed', async () => {
    const { body } = await authoriseBody(world, {}, { callback: 'later' });
    calls = 0;
    const send = () => sendCallback(world, { target: '/answers-later', body });
    const [first, second] = [await send(), await send()];
    expect([first.status, second.status]).toEqual([500, 200]);
  });

  it('says nothing of an exception’s text to the uploader', async () => {
    const target = '/answers/an%20Error';
    const { body } = await authoriseBody(world, {}, { target });
    const response = await sendCallback(world, { target, body });
    expect(response.status).toBe(500);
    expect(response.body.toString()).not.toContain('password');
  });
});

describe('an @OssCallback method that is not done in time', () => {
  it.concurrent.each(worlds)('has the durable row acknowledged on %s', async (_platform, world) => {
    const { body, uploadId } = await authoriseBody(world);
    const response = await sendCallback(world, { target: '/slow', body });
    expect([response.status, response.json()]).toEqual([200, { uploadId, status: 'completed' }]);
    releases.get(uploadId)!();
    const target = '/answers/an%20object';
    const { body: next } = await authoriseBody(world, {}, { target });
    const after = await sendCallback(world, { target, body: next });
    expect(after.status).toBe(200);
  });
});
