import { ConsoleLogger, Controller, Injectable } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { CallbackRefusals } from '../../src/callback/answer/callback-refusals.js';
import { OnUploadCompleted, OssCallback } from '../../src/index.js';
import {
  authoriseBody,
  CALLBACK_PATH,
  type CallbackToSend,
  sendCallback,
} from '../support/oss-callbacks.js';
import { platforms } from '../support/platforms.js';
import { startAppForTest } from '../support/test-app.js';
import { rowsOf } from '../rejections/rejection-rows.js';
import { useCapturedOutput } from './captured-output.js';

@Controller()
class CallbackController {
  @OssCallback(['oss/callback', 'oss/callback/:any'])
  answer() {}
}

@Injectable()
class Albums {
  @OnUploadCompleted()
  add({ object }: { object: string }) {
    throw new Error(`${object}: ${LONG}`);
  }
}

/** Nearly all that a callback may have, in lines and with characters that a log must not show as they are. */
const LONG = 'x\n\u202e"文'.repeat(8_000);
const ENCODED = encodeURIComponent(LONG.slice(0, 7_000));
/** A line has at most 2,000 characters; a log in JSON escapes some of them, and has a few fields beside. */
const MAX_LINE_LENGTH = 4_000;
const MAX_STACK_LENGTH = 35_000;

const written = useCapturedOutput();

const json = (values: object) => JSON.stringify({ bucket: 'uploads', object: 'a', ...values });

/** What is sent, with LONG in one place. */
const places: [place: string, callback: CallbackToSend][] = [
  ...['bucket', 'object', 'etag', 'size', 'mimeType', 'crc64', 'reqId', 'clientIp'].map(
    (name): [string, CallbackToSend] => [
      `the value of ${name}`,
      { body: `${name}=${ENCODED}&x=1` },
    ],
  ),
  ['the name of a variable', { body: `x:${ENCODED}=1` }],
  [
    'a name that comes twice',
    {
      body: json({ [LONG]: 1 }).replace('}', `,${JSON.stringify(LONG)}:2}`),
    },
  ],
  ['a variable that two names mean', { body: json({ [LONG]: 1, [`x:${LONG}`]: 2 }) }],
  ['a value that is broken', { body: `${'y'.repeat(7_000)}="${'\\u'.repeat(9_000)}"` }],
  ['a body that is no JSON', { body: `{"a":1,${LONG}` }],
  ['the ticket', { body: `bucket=uploads&object=a&x:ticket=${ENCODED}` }],
  ['the path', { body: 'a', target: `${CALLBACK_PATH}/${'x%E2%80%AE%22'.repeat(450)}` }],
  ['the query', { body: 'a', target: `${CALLBACK_PATH}?${ENCODED.slice(0, 6_000)}` }],
  [
    'a path that OSS signed otherwise',
    {
      body: 'a',
      target: CALLBACK_PATH,
      headers: {
        'x-original-uri': `/${'y'.repeat(6_000)}`,
        authorization: Buffer.alloc(64, 1).toString('base64'),
      },
    },
  ],
  ...[
    'x-oss-request-id',
    'x-oss-pub-key-url',
    'authorization',
    'content-type',
    'content-md5',
    'x-forwarded-for',
    'x-original-uri',
    'x-forwarded-prefix',
  ].map((name): [string, CallbackToSend] => [
    `the header ${name}`,
    {
      body: 'bucket=uploads&object=a',
      headers: { [name]: `/${'z'.repeat(6_000)}` },
    },
  ]),
];

describe.each(platforms)('however long the texts of a callback to %s are,', (platform) => {
  it('each line of the log is short, and one line', { timeout: 60_000 }, async () => {
    const world = await startAppForTest({
      platform,
      signsCallbacks: true,
      controllers: [CallbackController],
      providers: [Albums],
      logger: new ConsoleLogger({ json: true }),
    });
    const { body } = await authoriseBody(world);
    for (const [place, callback] of [...places, ['an error of a handler', { body }] as const]) {
      const before = written.length;
      await sendCallback(world, callback);
      expect(written.length, place).toBeGreaterThan(before);
      for (const line of written.slice(before)) {
        const { message } = JSON.parse(line) as { message: string };
        const isStack = message.includes('\n    at ');
        expect(line.length, `${place}: ${line}`).toBeLessThan(
          isStack ? MAX_STACK_LENGTH : MAX_LINE_LENGTH,
        );
        if (!isStack) expect(message, place).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }
    }
    await world.app.get(CallbackRefusals).flush();
    const rows = await rowsOf(world.dataSource);
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) {
      expect(JSON.stringify(row).length).toBeLessThan(2_000);
    }
  });
});
