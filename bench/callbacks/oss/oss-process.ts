import { OssSimulator } from '../../../src/simulator/index.js';
import { obeyParent } from '../child.js';
import { benchUpload } from '../upload.js';
import { BUCKET, CONTENT, MIME_TYPE, REGION } from '../world.js';

export interface OssOrder {
  firstUploadAt: number;
  /** How many uploads are in the bucket. */
  count: number;
}

/** The local OSS, with the objects that the callbacks describe; answers with its address. */
obeyParent(async ({ firstUploadAt, count }: OssOrder) => {
  const oss = new OssSimulator({ buckets: { [BUCKET]: { region: REGION } } });
  await oss.start();
  for (let index = 0; index < count; index += 1) {
    const { id, object } = benchUpload(firstUploadAt, index);
    const metadata = { 'upload-id': id };
    await oss.objects.put({ bucket: BUCKET, object, body: CONTENT, mimeType: MIME_TYPE, metadata });
  }
  return oss.url;
});
