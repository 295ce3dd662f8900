/**
 * A plugin with which Uppy 5 and 6 upload to OSS; it needs the package `@uppy/core`.
 *
 * ```ts
 * import { OssUploaderPlugin } from 'nestjs-oss-callback/uppy';
 * ```
 * @module nestjs-oss-callback/uppy
 */
import { BasePlugin, type Body, type Meta, type Uppy, type UppyFile } from '@uppy/core';
import {
  OssUploadError,
  type OssUploader,
  type UploadDescription,
  type UploadOptions,
  type UploadOutcome,
} from '../index.js';

/** What is sent to the app beside the file, and how the file may be sent. */
export type FileOptions<Description extends UploadDescription> = Omit<
  UploadOptions<Description>,
  'name' | 'signal' | 'onProgress'
>;

/** Options of {@link OssUploaderPlugin}. */
export interface OssUploaderPluginOptions<
  M extends Meta = Meta,
  B extends Body = Body,
  Description extends UploadDescription = UploadDescription,
> {
  /** Id of the plugin. Default: `OssUploaderPlugin`. */
  id?: string;
  /** The uploader that sends the files, made by `createOssUploader`. */
  uploader: OssUploader<Description>;
  /** Returns the options of a file when its upload begins. Default: none. */
  optionsFor?: (file: UppyFile<M, B>) => FileOptions<Description>;
  /** Texts in the user's language. */
  locale?: {
    /** Texts by name. */
    strings: {
      /** Shown for a file that is stored, and not confirmed by the app. Default: `Stored, not confirmed yet`. */
      ossUnconfirmed: string;
    };
  };
}

/** An upload, or the wait for the confirmation of an earlier one. */
interface Running {
  pause?(): void;
  resume?(): void;
  cancel(): void;
}

/**
 * Makes Uppy 5 or 6 upload to OSS: `uppy.use(OssUploaderPlugin, { uploader })`. Progress, pause, cancel and retry are
 * Uppy's. A file is complete once the app has recorded it (`response.body` is the `UploadOutcome`). While a stored file
 * waits for the app's confirmation, `progress.postprocess` says so. If it is not confirmed, that is an error, and
 * Uppy's retry asks the app again without uploading.
 */
export class OssUploaderPlugin<
  M extends Meta = Meta,
  B extends Body = Body,
  Description extends UploadDescription = UploadDescription,
> extends BasePlugin<OssUploaderPluginOptions<M, B, Description>, M, B> {
  private readonly running = new Map<string, Running>();
  /** Ids of uploads by the ids of their files. */
  private readonly unconfirmed = new Map<string, string>();

  /** Called by `uppy.use`. */
  constructor(uppy: Uppy<M, B>, options: OssUploaderPluginOptions<M, B, Description>) {
    super(uppy, { id: 'OssUploaderPlugin', ...options });
    this.id = this.opts.id!;
    this.type = 'uploader';
    this.defaultLocale = { strings: { ossUnconfirmed: 'Stored, not confirmed yet' } };
    this.i18nInit();
  }

  /** Called by Uppy: adds the uploader. */
  override install(): void {
    const { uppy } = this;
    this.setResumable(true);
    uppy.addUploader(this.uploadFiles);
    uppy.on('file-removed', this.cancelFile);
    uppy.on('upload-pause', this.pauseFile);
    uppy.on('pause-all', this.pauseAll);
    uppy.on('resume-all', this.resumeAll);
  }

  /** Called by Uppy: removes the uploader, and cancels uploads in progress. */
  override uninstall(): void {
    const { uppy } = this;
    this.setResumable(false);
    uppy.removeUploader(this.uploadFiles);
    uppy.off('file-removed', this.cancelFile);
    uppy.off('upload-pause', this.pauseFile);
    uppy.off('pause-all', this.pauseAll);
    uppy.off('resume-all', this.resumeAll);
    for (const running of this.running.values()) running.cancel();
  }

  private setResumable(resumableUploads: boolean): void {
    const { capabilities } = this.uppy.getState();
    this.uppy.setState({ capabilities: { ...capabilities, resumableUploads } });
  }

  private readonly uploadFiles = async (ids: string[]): Promise<void> => {
    const { uppy, unconfirmed } = this;
    const files = uppy.getFilesByIds(ids).filter(({ progress }) => !progress.uploadComplete);
    uppy.emit('upload-start', files);
    const fresh = files.filter(({ id }) => !unconfirmed.has(id));
    const uploads = this.opts.uploader.uploadAll(
      fresh.map((file) => ({ file: sourceOf(file), options: this.optionsFor(file) })),
    );
    await Promise.all([
      ...fresh.map((file, index) => this.follow(file, uploads[index]!, uploads[index]!)),
      ...files.filter(({ id }) => unconfirmed.has(id)).map((file) => this.confirm(file)),
    ]);
  };

  private optionsFor(file: UppyFile<M, B>): UploadOptions<Description> {
    const { uppy } = this;
    const own = this.opts.optionsFor?.(file);
    const options: Partial<UploadOptions> = {
      ...own,
      name: file.name,
      onProgress: ({ sentBytes, totalBytes }) =>
        uppy.emit('upload-progress', uppy.getFile(file.id), {
          uploadStarted: file.progress.uploadStarted ?? Date.now(),
          bytesUploaded: sentBytes,
          bytesTotal: totalBytes,
        }),
      onUnconfirmed: (upload) => {
        this.showUnconfirmed(file);
        own?.onUnconfirmed?.(upload);
      },
    };
    return options as UploadOptions<Description>;
  }

  /** Asks for the outcome of an earlier upload: the file is stored, and must not be uploaded again. */
  private confirm(file: UppyFile<M, B>): Promise<void> {
    const leaving = new AbortController();
    const confirming = this.opts.uploader.confirm(this.unconfirmed.get(file.id)!, {
      signal: leaving.signal,
    });
    this.showUnconfirmed(file);
    return this.follow(file, confirming, { cancel: () => leaving.abort() });
  }

  private async follow(
    file: UppyFile<M, B>,
    upload: Promise<UploadOutcome>,
    running: Running,
  ): Promise<void> {
    const { uppy, unconfirmed } = this;
    const { id } = file;
    this.running.set(id, running);
    let failure: Error | undefined;
    let outcome: UploadOutcome | undefined;
    try {
      outcome = await upload;
      if (outcome.state === 'unconfirmed') {
        unconfirmed.set(id, outcome.uploadId);
        failure = new Error(this.i18n('ossUnconfirmed'), { cause: outcome });
      } else unconfirmed.delete(id);
    } catch (error) {
      // Uppy writes an error's own `details` behind its message
      failure = new Error((error as Error).message, { cause: error });
      if (error instanceof OssUploadError && error.code === 'NOT_COMPLETED') unconfirmed.delete(id);
    } finally {
      this.running.delete(id);
    }
    const current = uppy.getFile(id) as UppyFile<M, B> | undefined;
    if (!current) return; // removed, which cancelled it
    if (current.progress.postprocess) uppy.emit('postprocess-complete', current);
    if (failure) uppy.emit('upload-error', uppy.getFile(id), failure);
    else {
      uppy.emit('upload-success', uppy.getFile(id), {
        status: 200,
        body: { ...outcome } as unknown as B,
      });
    }
  }

  private showUnconfirmed({ id }: UppyFile<M, B>): void {
    this.uppy.emit('postprocess-progress', this.uppy.getFile(id), {
      mode: 'indeterminate',
      message: this.i18n('ossUnconfirmed'),
    });
  }

  private readonly cancelFile = ({ id }: UppyFile<M, B>): void => {
    this.running.get(id)?.cancel();
    this.unconfirmed.delete(id);
  };

  private readonly pauseFile = (file: UppyFile<M, B> | undefined, isPaused: boolean): void => {
    const running = this.running.get(file?.id ?? '');
    if (isPaused) running?.pause?.();
    else running?.resume?.();
  };

  private readonly pauseAll = (): void => {
    for (const running of this.running.values()) running.pause?.();
  };

  private readonly resumeAll = (): void => {
    for (const running of this.running.values()) running.resume?.();
  };
}

/** The file with the type that Uppy found, which may be better than that of the browser. */
function sourceOf<M extends Meta, B extends Body>({ data, name, type }: UppyFile<M, B>): Blob {
  const blob = data as Blob & { lastModified?: number };
  if (blob.type === type) return blob;
  return new File([blob], name, { type, lastModified: blob.lastModified });
}
