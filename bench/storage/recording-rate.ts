import { randomBytes } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { UploadRecorder } from '../../src/recording/upload-recorder.js';
import { ossCallbackEntities, OssCallbackModule } from '../../src/index.js';
import { createUploadId } from '../../src/ticket/upload-id.js';
import { OWNERS } from './fill-uploads.js';

/** As many callbacks are in flight. */
const LANES = 64;

export interface RecordingBench {
  /**
   * Records confirmed uploads as callbacks do once they are verified, without HTTP.
   * @returns uploads per second
   */
  measure(uploads: number): Promise<number>;
  close(): Promise<void>;
}

/** The package's own recorder on a database, wired as in an app. */
export async function startRecordingBench(url: string): Promise<RecordingBench> {
  class RecordingBenchModule {}
  const app = await NestFactory.createApplicationContext(
    {
      module: RecordingBenchModule,
      imports: [
        TypeOrmModule.forRoot({ type: 'postgres', url, entities: ossCallbackEntities }),
        OssCallbackModule.forRoot({
          publicUrl: 'http://127.0.0.1:9',
          buckets: { main: { bucket: 'uploads', region: 'cn-hangzhou' } },
          tickets: { secrets: [randomBytes(32).toString('base64')] },
          environment: 'bench',
          reconciliation: false,
          localOss: { url: 'http://127.0.0.1:9' },
        }),
      ],
    },
    { logger: false },
  );
  const recorder = app.get(UploadRecorder);
  return {
    measure: async (uploads) => {
      const reports = Array.from({ length: uploads }, makeReport);
      const started = performance.now();
      await Promise.all(
        Array.from({ length: LANES }, async () => {
          for (let next = reports.pop(); next; next = reports.pop()) {
            await recorder.record(next.report, next.confirmation);
          }
        }),
      );
      return (uploads / (performance.now() - started)) * 1_000;
    },
    close: () => app.close(),
  };
}

type RecordParameters = Parameters<UploadRecorder['record']>;

function makeReport(): { report: RecordParameters[0]; confirmation: RecordParameters[1] } {
  const receivedAt = new Date();
  const uploadId = createUploadId(receivedAt.getTime());
  const digest = randomBytes(16).toString('hex').toUpperCase();
  const owner = `owner-${Math.floor(Math.random() * OWNERS)}`;
  const object = {
    etag: digest,
    size: 123_456,
    mimeType: 'image/jpeg',
    crc64: '11051210869376104954',
  };
  return {
    report: {
      identity: `ticket:${uploadId}`,
      system: {
        ...object,
        bucket: 'uploads',
        object: `${owner}/${uploadId}.jpg`,
        clientIp: '203.0.113.7',
        requestId: digest.slice(0, 24),
        operation: 'PostObject',
      },
      variables: { originalName: 'IMG_2041.jpg' },
      terms: {
        uploadId,
        owner,
        minSizeBytes: 0,
        contentTypes: [],
        options: { digests: {}, anyMetadata: false },
        acceptUntil: new Date(receivedAt.getTime() + 86_400_000),
        uploadIdPinned: true,
      },
      publicKeyFingerprint: `${digest}${digest}`,
      receivedAt,
    },
    confirmation: {
      state: 'confirmed',
      facts: {
        ...object,
        lastModified: receivedAt,
        uploadId,
        options: { texts: {}, hidden: [] },
      },
    },
  };
}
