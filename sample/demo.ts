import { OssUploadAudit, OssUploadReconciler, OssUploadService } from 'nestjs-oss-callback';
import { findMistakes } from './demo/check-record.js';
import { demoFiles } from './demo/files.js';
import { Timeline } from './demo/timeline.js';
import { type DemoContext, troubles } from './demo/troubles.js';
import { ways } from './demo/ways.js';
import { FileVariables } from './uploads/file-variables.dto.js';
import { findPort } from './local/free-port.js';
import { startApp } from './local/start-app.js';
import { setEnvironment, startLocal } from './local/start-local.js';

/**
 * `npm run demo`: every file by every way, each step as it happens, then the records; a lost callback and a doubled one.
 * Nothing is kept.
 */
async function main(): Promise<boolean> {
  const appPort = await findPort(0, 'PORT');
  console.log('Starting PostgreSQL, the local OSS and the app …');
  const local = await startLocal({ appPort, ossPort: 0, databaseUrl: undefined });
  try {
    setEnvironment(local, `http://127.0.0.1:${appPort}`);
    const app = await startApp(appPort, local.oss);
    try {
      const context: DemoContext = {
        uploads: app.get(OssUploadService),
        audit: app.get(OssUploadAudit),
        reconciler: app.get(OssUploadReconciler),
        oss: local.oss,
        timeline: new Timeline(local.oss),
        owner: 'demo-user',
      };
      const isRight = await run(context);
      return (await runTroubles(context)) && isRight;
    } finally {
      await app.close();
    }
  } finally {
    await local.stop();
  }
}

async function run({ uploads, audit, oss, timeline, owner }: DemoContext): Promise<boolean> {
  const rows: Record<string, unknown>[] = [];
  let allRight = true;
  for (const [way, upload] of Object.entries(ways)) {
    for (const file of demoFiles) {
      timeline.start(`${file.name} (${file.bytes.byteLength} bytes), ${way}`);
      const object = `${way}/${file.name}`;
      const variables = Object.assign(new FileVariables(), { originalName: file.name });
      const { uploadId, answer } = await upload({
        uploads,
        file,
        ossUrl: oss.url,
        request: {
          object,
          owner,
          variables,
          contentTypes: [file.contentType],
          minSizeBytes: file.bytes.byteLength,
          maxSizeBytes: file.bytes.byteLength,
        },
        onAuthorised: () => timeline.mark('authorised'),
      });
      const record = await audit.get(uploadId);
      const mistakes = findMistakes(record, {
        object,
        owner,
        originalName: file.name,
        file,
      });
      if ((answer as { id?: string }).id !== uploadId) mistakes.push('the answer is not the app’s');
      if (!timeline.isComplete) mistakes.push('a step is missing, or came out of order');
      for (const mistake of mistakes) console.log(`  WRONG: ${mistake}`);
      allRight &&= mistakes.length === 0;
      rows.push({
        object: record?.object,
        operation: record?.operation,
        size: record?.size,
        type: record?.mimeType,
        image: record?.imageWidth ? `${record.imageWidth}×${record.imageHeight}` : '',
        owner: record?.owner,
        status: record?.status,
        correct: mistakes.length === 0 ? 'yes' : 'NO',
      });
    }
  }
  console.log(`\nThe records in PostgreSQL:`);
  console.table(rows);
  const count = (await audit.find({ owner, limit: 1_000 })).uploads.length;
  const complete = count === rows.length;
  console.log(
    `${count} records for ${rows.length} uploads${allRight && complete ? ', all correct' : ''}.`,
  );
  return allRight && complete;
}

async function runTroubles(context: DemoContext): Promise<boolean> {
  let allRight = true;
  for (const [trouble, upload] of Object.entries(troubles)) {
    context.timeline.start(trouble);
    const isRight = await upload(context);
    if (!isRight) console.log('  WRONG');
    allRight &&= isRight;
  }
  return allRight;
}

main().then(
  (right) => process.exit(right ? 0 : 1),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
