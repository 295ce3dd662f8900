import { BasePlugin, type Body, type Meta, type Uppy, type UppyFile } from '@uppy/core';
import { t } from '../language/language.js';
import type { AnswerList } from './answer-list.js';
import { type Carrier, carriers } from './carriers.js';
import { Confirmation } from './confirmation.js';
import { inParallel } from './in-parallel.js';

const FILES_AT_ONCE = 3;

interface Options {
  id?: string;
  /** Asked when an upload begins. */
  carrier: () => Carrier;
  answers: AnswerList;
}

type File = UppyFile<Meta, Body>;

/** Makes Uppy upload to OSS: progress, cancel and retry are Uppy's, the requests are those of the carriers. */
export class OssUploader extends BasePlugin<Options, Meta, Body> {
  private readonly running = new Map<string, AbortController>();
  /** Stored by OSS, and not confirmed by the app. */
  private readonly unconfirmed = new Map<string, Confirmation>();

  constructor(uppy: Uppy<Meta, Body>, options: Options) {
    super(uppy, { id: 'OssUploader', ...options });
    this.id = this.opts.id!;
    this.type = 'uploader';
  }

  override install(): void {
    this.uppy.addUploader((ids) => this.uploadAll(ids));
    this.uppy.addPostProcessor((ids) => this.confirmAll(ids));
    this.uppy.on('file-removed', (file) => {
      this.running.get(file.id)?.abort(new DOMException('Cancelled', 'AbortError'));
    });
  }

  private async uploadAll(ids: string[]): Promise<void> {
    const files = this.uppy.getFilesByIds(ids).filter((file) => !file.progress.uploadComplete);
    this.uppy.emit('upload-start', files);
    await inParallel(files, FILES_AT_ONCE, (file) => this.upload(file));
  }

  private async upload(file: File): Promise<void> {
    const { uppy } = this;
    const carrier = this.opts.carrier();
    const answer = this.opts.answers.begin(file.id, file.name, carrier);
    const cancelling = new AbortController();
    const { signal } = cancelling;
    this.running.set(file.id, cancelling);
    try {
      const data = file.data as Blob;
      const uploaded = await carriers[carrier]({
        // With the type that Uppy found, which may know more than the browser.
        file: data.slice(0, data.size, file.type),
        name: file.name,
        signal,
        onProgress: (sentBytes) => {
          const bytesUploaded = Math.min(sentBytes, data.size);
          uppy.emit('upload-progress', uppy.getFile(file.id), {
            uploadStarted: file.progress.uploadStarted ?? 0,
            bytesUploaded,
            bytesTotal: data.size,
          });
        },
      });
      if (uploaded.isConfirmed) {
        answer.confirmed(uploaded.answer);
      } else {
        const confirmation = new Confirmation(uploaded.uploadId, (status) =>
          answer.statusIs(status),
        );
        this.unconfirmed.set(file.id, confirmation);
        answer.unconfirmed(uploaded.reason, () => confirmation.checkNow());
      }
      uppy.emit('upload-success', uppy.getFile(file.id), {
        status: uploaded.isConfirmed ? 200 : 203,
        body: { ...uploaded },
      });
    } catch (error) {
      if (signal.aborted) answer.cancelled();
      else {
        answer.failed((error as Error).message);
        uppy.emit('upload-error', uppy.getFile(file.id), error as Error);
      }
    } finally {
      this.running.delete(file.id);
    }
  }

  /** To Uppy a file is complete when the app says so. */
  private async confirmAll(ids: string[]): Promise<void> {
    await Promise.all(ids.map((id) => this.confirm(id)));
  }

  private async confirm(id: string): Promise<void> {
    const { uppy } = this;
    const confirmation = this.unconfirmed.get(id);
    const answer = this.opts.answers.get(id);
    if (!confirmation || !answer) return;
    uppy.emit('postprocess-progress', uppy.getFile(id), {
      mode: 'indeterminate',
      message: t('answerUnconfirmed'),
    });
    try {
      const status = await confirmation.wait();
      answer.ended(status);
      if (status === 'completed') uppy.emit('postprocess-complete', uppy.getFile(id));
      else throw new Error(t('endedAs', { status: t(`status.${status}` as 'status.expired') }));
    } catch (error) {
      const file = uppy.getFile(id) as File | undefined; // gone where it was removed
      if (file) uppy.emit('upload-error', file, error as Error);
    } finally {
      this.unconfirmed.delete(id);
    }
  }
}
