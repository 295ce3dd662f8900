import type { OssUploadAudit, OssUploadReconciler, OssUploadService } from 'nestjs-oss-callback';
import type { OssSimulator } from 'nestjs-oss-callback/simulator';
import { FileVariables } from '../uploads/file-variables.dto.js';
import type { Timeline } from './timeline.js';

export interface TroubleContext {
  uploads: OssUploadService;
  audit: OssUploadAudit;
  reconciler: OssUploadReconciler;
  oss: OssSimulator;
  timeline: Timeline;
}

/** Uploads whose callback does not come once. Each returns whether there is one record in the end, and it is completed. */
export const troubles: Record<string, (context: TroubleContext) => Promise<boolean>> = {
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

async function uploadForm({ uploads, timeline }: TroubleContext, name: string) {
  const { uploadId, url, fields } = await uploads.authorizePostObject({
    object: `troubles/${name}`,
    owner: 'demo-user',
    variables: Object.assign(new FileVariables(), { originalName: name }),
  });
  timeline.mark('authorised');
  const form = new FormData();
  for (const [field, value] of Object.entries(fields)) form.append(field, value);
  form.append('file', new Blob(['hello']), name);
  const { status } = await fetch(url, { method: 'POST', body: form });
  return { uploadId, status };
}

async function isRecordedOnce(
  { audit }: TroubleContext,
  uploadId: string,
  source: string,
): Promise<boolean> {
  const record = await audit.get(uploadId);
  const { uploads } = await audit.find({ object: record?.object });
  console.log(`  ${uploads.length} record, ${record?.status}, source ${record?.source}`);
  return uploads.length === 1 && record?.status === 'completed' && record.source === source;
}
