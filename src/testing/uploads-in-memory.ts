import type { OssUpload, UploadStatusReport } from '../index.js';
import type { PreparedUpload } from '../upload/authorize/prepare-upload.js';
import { buildCompletedUpload } from './build-completed-upload.js';

type AuthorisedUpload = Pick<
  PreparedUpload,
  'terms' | 'bucket' | 'object' | 'variables' | 'operation'
>;

/** Authorised and completed uploads, in place of the tables. */
export class UploadsInMemory {
  readonly #authorised = new Map<string, AuthorisedUpload>();
  readonly #completed = new Map<string, OssUpload>();

  async add(upload: AuthorisedUpload): Promise<void> {
    this.#authorised.set(upload.terms.uploadId, upload);
  }

  /** @throws Error if no such upload was authorised */
  complete(uploadId: string, facts: Partial<OssUpload>): OssUpload {
    const authorised = this.#authorised.get(uploadId);
    if (!authorised) throw new Error(`No upload ${JSON.stringify(uploadId)} was authorised.`);
    const { terms, bucket, object, variables, operation } = authorised;
    const upload = buildCompletedUpload({
      id: uploadId,
      bucket,
      object,
      operation,
      owner: terms.owner ?? null,
      variables: { ...variables },
      ...facts,
    });
    this.#completed.set(uploadId, upload);
    return upload;
  }

  async status(uploadId: string): Promise<UploadStatusReport> {
    const authorised = this.#authorised.get(uploadId);
    if (!authorised) return { uploadId, status: 'unknown', owner: null, upload: null };
    const upload = this.#completed.get(uploadId) ?? null;
    const owner = authorised.terms.owner ?? null;
    return { uploadId, status: upload?.status ?? 'pending', owner, upload };
  }
}
