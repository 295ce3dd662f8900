import { ConsoleLogger, Injectable } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { OnUploadCompleted } from '../../src/index.js';
import { authoriseBody, CALLBACK_PATH, sendCallback } from '../support/oss-callbacks.js';
import { sendRaw } from '../support/raw-http.js';
import { BUCKET, startAppForTest } from '../support/test-app.js';
import { useCapturedOutput } from './captured-output.js';

@Injectable()
class Albums {
  @OnUploadCompleted()
  add() {
    throw new Error('not\nnow\u202e');
  }
}

const REQUEST_ID = '5B9CDDCC9D2B0CA88AE2BEA1';

const written = useCapturedOutput();

interface Line {
  level: string;
  message: string;
  context: string;
  params?: Record<string, unknown>;
}

function jsonLines(pattern: RegExp): Line[] {
  return written
    .map((text) => JSON.parse(text) as Line)
    .filter(({ message }) => pattern.test(message));
}

describe('log lines', () => {
  const start = (logger: ConsoleLogger) =>
    startAppForTest({ providers: [Albums], logger, signsCallbacks: true });

  const unsigned = {
    target: CALLBACK_PATH,
    headers: { 'x-oss-request-id': `${REQUEST_ID}\u00ad` },
    body: 'a=1',
  };

  it('have ids as fields where Nest logs JSON, and say which ones OSS signed', async () => {
    const world = await start(new ConsoleLogger({ json: true }));
    await sendRaw(world.url, unsigned);
    const { uploadId, body } = await authoriseBody(world, { reqId: REQUEST_ID });
    const headers = { 'x-oss-request-id': 'another' };
    await sendCallback(world, { body: body.replace('texts', 'other'), headers });
    await sendCallback(world, { body, headers });

    expect(jsonLines(/SIGNATURE_MISSING/)).toEqual([
      expect.objectContaining({
        level: 'warn',
        context: 'OssCallback',
        message: expect.stringMatching(/^SIGNATURE_MISSING for POST "\/oss\/callback": /),
        params: {
          code: 'SIGNATURE_MISSING',
          unsignedRequestId: `${REQUEST_ID}\\u00ad`,
        },
      }),
    ]);
    expect(jsonLines(/TICKET_INVALID/)[0]?.params).toEqual({
      code: 'TICKET_INVALID',
      unsignedRequestId: 'another',
    });
    const [failed] = jsonLines(/^Upload .* failed/);
    expect(failed?.params).toEqual({ uploadId, requestId: REQUEST_ID });
    expect(failed?.message).toContain('not\\u000anow\\u202e');
    const [stack] = jsonLines(/^Error: not/);
    expect(stack?.message).toMatch(/^Error: not\\u000anow\\u202e\n {4}at .*log-lines\.spec/);
  });

  it('have the same ids behind the text where Nest logs text', async () => {
    const world = await start(new ConsoleLogger({ colors: false }));
    await sendRaw(world.url, unsigned);
    const { uploadId, body } = await authoriseBody(world, { reqId: REQUEST_ID });
    await sendCallback(world, { body });
    const text = written.join('');
    expect(text).not.toMatch(/^now|\u202e/m);
    expect(text).toMatch(
      /WARN \[OssCallback\] SIGNATURE_MISSING for POST "\/oss\/callback": .* \{ code: 'SIGNATURE_MISSING', unsignedRequestId: '5B9CDDCC9D2B0CA88AE2BEA1\\\\u00ad' \}\n/,
    );
    expect(text).toContain(`{ uploadId: '${uploadId}', requestId: '${REQUEST_ID}' }`);
  });
});

describe('log lines about objects', () => {
  it('have the request id that OSS signed, and quote names, which uploaders may choose', async () => {
    const world = await startAppForTest({
      signsCallbacks: true,
      options: { confirmObject: 'before-completion' },
      logger: new ConsoleLogger({ json: true }),
    });
    const { body, uploadId } = await authoriseBody(world, { reqId: REQUEST_ID });
    await sendCallback(world, { body, headers: { 'x-oss-request-id': 'another' } });
    expect(jsonLines(/^OBJECT_MISSING/)[0]?.params).toEqual({
      code: 'OBJECT_MISSING',
      uploadId,
      requestId: REQUEST_ID,
    });
    const object = `texts/a\nb\u202e${'x'.repeat(300)}.txt`;
    const first = await world.uploads.authorizeSdk({ object });
    await world.uploads.authorizeSdk({ object });
    await world.oss.objects.put({ bucket: BUCKET, object, body: 'hello' });
    await world.dataSource.query(
      `UPDATE oss_upload_tickets SET expires_at = now(), next_lookup_at = now()`,
    );
    await world.reconciler.run();
    const lines = jsonLines(/ is ambiguous/);
    expect(lines).toHaveLength(2);
    for (const { message } of lines) {
      expect(message).toMatch(/: "texts\/a\\nb\\u202ex+…" has no x-oss-meta-upload-id/);
      expect(message).not.toMatch(/[\n\u202e]/);
      expect(message.length).toBeLessThan(600);
    }
    expect(lines.map(({ params }) => params)).toContainEqual({ uploadId: first.uploadId });
  });
});
