import { Controller, type LoggerService } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { RejectionRecorder } from '../../src/rejections/rejection-recorder.js';
import {
  CompletedUpload,
  OssCallback,
  OssCallbackRejection,
  OssUpload,
  OssUploadTicket,
} from '../../src/index.js';
import type { OssSimulator } from '../../src/simulator/index.js';
import { deliver, lastCallback } from '../callbacks/deliver.js';
import { onServer } from '../support/server-connection.js';
import { BUCKET, createMigratedDatabase, startOss, startTestApp } from '../support/test-app.js';
import type { TestApp } from '../support/test-app.js';
import { sendForm, sendPut } from '../uploads/send-upload.js';

/** Each can be found wherever it turns up, whole or in part. */
const canary = (name: string) => `canary${name}${randomBytes(16).toString('hex')}`;
const secrets = {
  accessKeySecret: canary('KeySecret'),
  wrongKeySecret: canary('WrongKeySecret'),
  securityToken: canary('Token'),
  ticketSecret: canary('TicketSecret'),
  oldTicketSecret: canary('OldTicketSecret'),
  databasePassword: canary('Password'),
};

let fail = false;

@Controller()
class CallbackController {
  @OssCallback('oss/callback')
  answer(@CompletedUpload() upload: OssUpload) {
    if (fail) throw new Error('the method fails');
    return { uploadId: upload.id };
  }
}

describe('the secrets of the configuration', () => {
  const role = `canary_${randomBytes(6).toString('hex')}`;
  const heard: string[] = [];
  let oss: OssSimulator;
  let database: Awaited<ReturnType<typeof createMigratedDatabase>>;
  let app: TestApp;
  let misconfigured: TestApp;

  beforeAll(async () => {
    const hear = (...words: unknown[]) => void heard.push(words.map(show).join(' '));
    const logger: LoggerService = {
      log: hear,
      error: hear,
      warn: hear,
      debug: hear,
      verbose: hear,
      fatal: hear,
    };
    const credentials = {
      accessKeyId: 'STS.canary',
      accessKeySecret: secrets.accessKeySecret,
      securityToken: secrets.securityToken,
    };
    oss = await startOss({ credentials: [credentials] });
    database = await createMigratedDatabase();
    await onServer(database.url, async (client) => {
      await client.query(`CREATE ROLE ${role} LOGIN PASSWORD '${secrets.databasePassword}'`);
      await client.query(`GRANT ALL ON ALL TABLES IN SCHEMA public TO ${role}`);
    });
    const url = new URL(database.url);
    url.username = role;
    url.password = secrets.databasePassword;
    const start = (accessKeySecret: string) =>
      startTestApp({
        controllers: [CallbackController],
        oss,
        database: { ...database, url: url.href },
        logger,
        options: {
          credentials: { ...credentials, accessKeySecret },
          tickets: { secrets: [secrets.ticketSecret, secrets.oldTicketSecret] },
          answerWithinMs: 1_000,
        },
      });
    app = await start(secrets.accessKeySecret);
    misconfigured = await start(secrets.wrongKeySecret);
  });
  afterAll(async () => {
    await misconfigured.stop();
    await app.stop();
    await oss.stop();
    await database.drop();
    await onServer(inject('databaseServerUrl'), (client) => client.query(`DROP ROLE ${role}`));
  });

  it('appear in no answer, log line, row or error, whatever succeeds and fails', async () => {
    const seen: unknown[] = [];
    const attempt = async (work: () => Promise<unknown>) => {
      seen.push(await work().catch((error: unknown) => error));
    };

    // what succeeds
    await attempt(() => app.uploads.putObject({ object: 'own', body: 'a', owner: 'u' }));
    const form = await app.uploads.authorizePostObject({ object: 'form', maxSizeBytes: 5 });
    await attempt(() => sendForm(form, 'form'));
    const put = await app.uploads.authorizePutObject({ object: 'put', maxSizeBytes: 5 });
    await attempt(() => sendPut(put, 'put'));
    const good = lastCallback(oss);
    await attempt(() => deliver(app.url, good));

    // what is refused
    const body = (text: string) => ({ ...good, body: Buffer.from(text) });
    await attempt(() => deliver(app.url, body('bucket=uploads')));
    await attempt(() => deliver(app.url, { ...good, headers: {} }));
    await attempt(() => deliver(app.url, { ...good, path: '/oss/callback?other' }));
    await attempt(() => app.uploads.putObject({ object: '', body: 'a' }));
    await attempt(() => app.uploads.putObject({ object: 'own', body: 'again' }));
    const large = await app.uploads.authorizePutObject({ object: 'large', maxSizeBytes: 5 });
    await attempt(() => sendPut(large, 'much too large'));
    await oss.objects.delete(BUCKET, 'put');
    await oss.objects.put({ bucket: BUCKET, object: 'put', body: 'other' });
    await attempt(() => deliver(app.url, good));
    // OSS repeats what was signed, the token too, to the sender: here that is the app
    await attempt(() => misconfigured.uploads.putObject({ object: 'not-signed-well', body: 'a' }));

    // what fails
    oss.faults.inject({ at: 'head-object', effect: 'answer', status: 500 });
    await attempt(() => app.uploads.putObject({ object: 'head-500', body: 'a' }));
    oss.faults.inject({ at: 'head-object', effect: 'answer', status: 403 });
    await attempt(() => app.uploads.putObject({ object: 'head-403', body: 'a' }));
    fail = true;
    await attempt(() => app.uploads.putObject({ object: 'method-fails', body: 'a' }));
    fail = false;
    await onServer(database.url, (client) => client.query(`ALTER ROLE ${role} NOLOGIN`));
    await onServer(database.url, (client) =>
      client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [
        role,
      ]),
    );
    await attempt(() => deliver(app.url, good));
    await attempt(() => app.uploads.putObject({ object: 'database-away', body: 'a' }));
    await onServer(database.url, (client) => client.query(`ALTER ROLE ${role} LOGIN`));
    // A connection that was ended may be in the pool until its end is noticed.
    const late = await vi.waitFor(() => app.uploads.authorizePutObject({ object: 'late' }), 10_000);
    await oss.stop();
    await attempt(() => sendPut(late, 'a'));
    await attempt(() => app.uploads.putObject({ object: 'oss-away', body: 'a' }));

    await app.app.get(RejectionRecorder).flush();
    const { manager } = app.dataSource;
    for (const entity of [OssUpload, OssUploadTicket, OssCallbackRejection]) {
      const rows = await manager.find(entity);
      expect(rows.length).toBeGreaterThan(0);
      seen.push(rows);
    }
    expect(heard.join('\n')).toContain('DATABASE_UNAVAILABLE');
    expect(heard.join('\n')).toContain('SIGNATURE_INVALID');
    const everything = [...heard, ...seen.map(show)].join('\n');
    expect(everything).toContain('oss-away');
    expect(everything).toContain('SignatureDoesNotMatch');
    for (const [name, secret] of Object.entries(secrets)) {
      // a part of it would be as bad
      for (const part of [secret, secret.slice(-16), Buffer.from(secret).toString('base64')]) {
        expect(everything.includes(part), `${name} is in what was seen`).toBe(false);
      }
    }
  });
});

/** All that a logger or an error tracker could print: hidden and inherited properties, causes, and JSON. */
function show(value: unknown): string {
  const inspected = inspect(value, {
    depth: 12,
    showHidden: true,
    maxStringLength: null,
    maxArrayLength: null,
  });
  return value instanceof Error ? `${inspected}\n${JSON.stringify(value)}` : inspected;
}
