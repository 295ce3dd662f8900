import { DataSource } from 'typeorm';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HandlerSlots } from '../../src/completion/handler-slots.js';
import { UploadAttempts } from '../../src/completion/upload-attempts.js';
import { UploadHandlers } from '../../src/completion/upload-handlers.js';
import { UploadRecorder } from '../../src/recording/upload-recorder.js';
import { toUploadRow } from '../../src/recording/upload-row.js';
import { OssUpload } from '../../src/index.js';
import { SystemVariablesDto } from '../../src/variables/system-variables.dto.js';
import type { VerifiedCallback } from '../../src/variables/verified-callback.js';
import { createMigratedDatabase } from '../support/test-app.js';
import { openDataSource } from '../support/app-module.js';

const CONFIRMED = {
  state: 'confirmed' as const,
  facts: {
    etag: '5D41402ABC4B2A76B9719D911017C592',
    size: 5,
    mimeType: 'text/plain',
    options: { texts: {}, hidden: [] },
  },
};
const UNAVAILABLE = { state: 'unavailable' as const, reason: 'away' };

/** As the module puts them together, for an app without handlers. */
function auditOf(dataSource: DataSource) {
  const options = { buckets: new Map(), handlers: { timeoutSeconds: 60, maxAttempts: 10 } };
  const slots = new HandlerSlots(dataSource);
  const attempts = new UploadAttempts(
    dataSource,
    new UploadHandlers(options, () => []),
    slots,
    options,
  );
  const rowOf = (callback: VerifiedCallback) =>
    toUploadRow(callback, CONFIRMED, (upload) => attempts.plan(upload));
  return { recorder: new UploadRecorder(dataSource, attempts, () => undefined), rowOf };
}

function callbackOf(identity: string): VerifiedCallback {
  return {
    identity,
    url: '/oss/callback',
    system: Object.assign(new SystemVariablesDto(), { bucket: 'uploads', object: 'a.txt' }),
    variables: {},
    publicKeyFingerprint: '',
    receivedAt: new Date(),
  };
}

describe.each(['read committed', 'repeatable read', 'serializable'])(
  'a delivery that meets another one, in a database whose default isolation is %s',
  (isolation) => {
    async function open() {
      const database = await createMigratedDatabase();
      onTestFinished(() => database.drop());
      const dataSource = await openDataSource(database.url, {
        extra: { options: `-c default_transaction_isolation=${isolation.replace(' ', '\\ ')}` },
      });
      onTestFinished(() => dataSource.destroy());
      return dataSource;
    }

    it('waits for its INSERT, and takes its row', async () => {
      const dataSource = await open();
      const callback = callbackOf('req:1');
      const { recorder, rowOf } = auditOf(dataSource);
      const row = rowOf(callback);
      const recording = await dataSource.transaction(async (manager) => {
        await manager.insert(OssUpload, row);
        const second = recorder.record(callback, CONFIRMED);
        await waitUntilBlocked(dataSource);
        return { second };
      });
      expect((await recording.second).upload).toMatchObject({ id: row.id, status: 'completed' });
    });

    it('waits for its UPDATE, and takes what came of it', async () => {
      const dataSource = await open();
      const callback = callbackOf('req:2');
      const { recorder, rowOf } = auditOf(dataSource);
      const { id } = (await recorder.record(callback, UNAVAILABLE)).upload;
      const row = rowOf(callback);
      const recording = await dataSource.transaction(async (manager) => {
        await manager.update(OssUpload, { id }, Object.assign(row, { id }));
        const second = recorder.record(callback, CONFIRMED);
        await waitUntilBlocked(dataSource);
        return { second };
      });
      expect((await recording.second).upload).toMatchObject({ id, status: 'completed' });
    });
  },
);

async function waitUntilBlocked(dataSource: DataSource): Promise<void> {
  await expect
    .poll(() =>
      dataSource.query(
        'SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = $1',
        ['Lock'],
      ),
    )
    .toHaveLength(1);
}
