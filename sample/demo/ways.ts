import OSS from 'ali-oss';
import type { OssUploadService, PostObjectAuthorisation, UploadRequest } from 'nestjs-oss-callback';
import type { DemoFile } from './files.js';

export interface DemoUpload {
  uploadId: string;
  /** What the app answered to the callback, as the uploader got it. */
  answer: unknown;
}

interface Context {
  uploads: OssUploadService;
  request: UploadRequest;
  file: DemoFile;
  ossUrl: string;
  /** Called when the app has authorised the upload. */
  onAuthorised: () => void;
}

/** The ways in which each file is uploaded. */
export const ways: Record<string, (context: Context) => Promise<DemoUpload>> = {
  'PostObject form': async ({ uploads, request, file, onAuthorised }) => {
    const { uploadId, url, fields } = await uploads.authorizePostObject(request);
    onAuthorised();
    return { uploadId, answer: await readAnswer(await sendForm({ url, fields }, file)) };
  },

  'presigned PUT': async ({ uploads, request, file, onAuthorised }) => {
    const { uploadId, method, url, headers } = await uploads.authorizePutObject(request);
    onAuthorised();
    const response = await fetch(url, { method, headers, body: file.bytes });
    return { uploadId, answer: await readAnswer(response) };
  },

  'ali-oss put': async ({ uploads, request, file, ossUrl, onAuthorised }) => {
    const { uploadId, bucket, object, headers, contentType, callback } =
      await uploads.authorizeSdk(request);
    onAuthorised();
    // The SDK signs with credentials of its own. Here they are those of the local OSS; with the option `sts` the
    // authorisation brings some for this one object.
    const client = new OSS({
      accessKeyId: 'local-oss-access-key-id',
      accessKeySecret: 'local-oss-access-key-secret',
      endpoint: ossUrl,
      bucket,
      region: 'oss-cn-hangzhou',
      authorizationV4: true,
    });
    const { data } = await client.put(object, file.bytes, {
      mime: contentType,
      headers: { ...headers, ...callback.headers },
    });
    return { uploadId, answer: data };
  },
};

export function sendForm(
  { url, fields }: Pick<PostObjectAuthorisation, 'url' | 'fields'>,
  { name, bytes }: Pick<DemoFile, 'name' | 'bytes'>,
): Promise<Response> {
  const form = new FormData();
  for (const [field, value] of Object.entries(fields)) form.append(field, value);
  form.append('file', new Blob([bytes]), name);
  return fetch(url, { method: 'POST', body: form });
}

async function readAnswer(response: Response): Promise<unknown> {
  if (response.status === 200) return response.json();
  throw new Error(`OSS answered with ${response.status}: ${await response.text()}`);
}
