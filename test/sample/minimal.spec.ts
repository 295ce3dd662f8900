import { expect, it, onTestFinished } from 'vitest';
import { sendUpload } from '../../src/testing/index.js';
import { findFreePort } from '../../src/testing/free-port.js';
import { runProgram } from '../support/run-program.js';
import { onServer } from '../support/server-connection.js';
import { createTestDatabase } from '../support/test-database.js';

// Runs what the compiler made of sample/minimal.ts, with the local OSS as `npx oss-simulator` starts it.
it('the smallest app takes an upload by form', async () => {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  const run = (file: string, args: string[], env: NodeJS.ProcessEnv = {}) => {
    const program = runProgram(file, args, { env });
    onTestFinished(async () => {
      program.signal('SIGKILL');
      await program.exited;
    });
    return program;
  };

  const oss = run('dist/src/simulator/cli.js', ['--port', '0']);
  const [, ossUrl = ''] = await oss.waitFor(/listens on (http:\S+)/);
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const app = run('dist/sample/minimal.js', [], {
    PORT: String(port),
    DATABASE_URL: database.url,
    OSS_PUBLIC_URL: url,
    OSS_LOCAL_URL: ossUrl,
    OSS_BUCKET: 'uploads',
    OSS_REGION: 'cn-hangzhou',
    OSS_TICKET_SECRETS: 'c2VjcmV0IG9mIHRoZSB0ZXN0cyBhbmQgb2Ygbm90aGluZyBlbHNl',
  });
  await app.waitFor(/Listening on/);

  const authorised = await fetch(`${url}/files`, { method: 'POST' });
  const form = (await authorised.json()) as { url: string; fields: Record<string, string> };
  const response = await sendUpload(form, 'hello');
  expect([response.status, await response.json()]).toEqual([
    200,
    { id: expect.any(String), key: expect.stringMatching(/^files\//), size: 5 },
  ]);

  const { rows } = await onServer(database.url, (client) =>
    client.query('SELECT status, size::int, owner FROM oss_uploads'),
  );
  expect(rows).toEqual([{ status: 'completed', size: 5, owner: 'the user of your session' }]);
});
