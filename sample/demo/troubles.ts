import type { OssUploadAudit, OssUploadReconciler, OssUploadService } from 'nestjs-oss-callback';
import type { OssSimulator } from 'nestjs-oss-callback/simulator';
import { FileVariables } from '../uploads/file-variables.dto.js';
import type { Timeline } from './timeline.js';
import { sendForm } from './ways.js';

export interface DemoContext {
  uploads: OssUploadService;
  audit: OssUploadAudit;
  reconciler: OssUploadReconciler;
  oss: OssSimulator;
  timeline: Timeline;
  owner: string;
}

/** Uploads whose callback does not come once. Each returns whether there is one record in the end, and it is completed. */
export const troubles: Record<string, (context: DemoContext) => Promise<boolean>> = {
  async 'A callback that gets lost, and is found in the bucket'(context) {
    const { uploads, reconciler, oss, timeline } = context;
    oss.faults.inject({ at: 'callback', effect: 'drop' });
    const { uploadId, status } = await uploadForm(context, 'lost.txt');
    console.log(`  OSS tells the uploader: ${status}, stored, and the callback failed`);
    console.log(`  the app says: ${(await uploads.status(uploadId)).status}`);
    await reconciler.run({ uploadIds: [uploadId] });
    timeline.mark('recorded', 'by the reconciliation');
    return isRecordedOnce(context, uploadId, 'reconciliation');
  },

  async 'A callback that comes twice, and is recorded once'(context) {
    context.oss.faults.inject({ at: 'callback', effect: 'deliver-twice' });
    const { uploadId } = await uploadForm(context, 'doubled.txt');
    return isRecordedOnce(context, uploadId, 'callback');
  },
};

async function uploadForm({ uploads, timeline, owner }: DemoContext, name: string) {
  const { uploadId, url, fields } = await uploads.authorizePostObject({
    object: `troubles/${name}`,
    owner,
    variables: Object.assign(new FileVariables(), { originalName: name }),
  });
  timeline.mark('authorised');
  const { status } = await sendForm({ url, fields }, { name, bytes: Buffer.from('hello') });
  return { uploadId, status };
}

async function isRecordedOnce(
  { audit }: DemoContext,
  uploadId: string,
  source: string,
): Promise<boolean> {
  const record = await audit.get(uploadId);
  const { uploads } = await audit.find({ object: record?.object });
  console.log(`  ${uploads.length} record, ${record?.status}, source ${record?.source}`);
  return uploads.length === 1 && record?.status === 'completed' && record.source === source;
}
