import { Controller } from '@nestjs/common';
import { IsInt, IsOptional, IsString } from 'class-validator';
import { expect } from 'vitest';
import {
  type CancelSignal,
  createOssUploader,
  fetchTransport,
  OssUploadError,
  type OssUploaderOptions,
  type Transport,
  type TransportRequest,
} from '../../src/client/index.js';
import {
  CallbackVariables,
  CompletedUpload,
  createOssUploadController,
  CustomVariablesDto,
  OnUploadCompleted,
  OssCallback,
  OssUpload,
  refuseUpload,
} from '../../src/index.js';
import type { TestApp, TestAppOptions } from '../support/test-app.js';

const KB = 1024;
export const PART = 100 * KB;
export const MAX_SIZE = 200 * PART;
/** Larger files are sent in parts. */
const MULTIPART_ABOVE = 2 * PART;

export class FolderWishes {
  @IsOptional()
  @IsString()
  folder?: string;
}

export class CaptionVariables extends CustomVariablesDto {
  @IsOptional()
  @IsInt()
  albumId?: number;
}

@Controller()
export class PhotosController {
  @OssCallback('oss/callback')
  photoUploaded(
    @CompletedUpload() { object, size }: OssUpload,
    @CallbackVariables() { albumId }: CaptionVariables,
  ) {
    return { object, size, albumId: albumId ?? null };
  }
}

let objects = 0;

export const UploadController = createOssUploadController({
  public: true,
  wishes: FolderWishes,
  variables: CaptionVariables,
  callback: { controller: PhotosController, method: 'photoUploaded' },
  multipartAboveBytes: MULTIPART_ABOVE,
  authorize: ({ file, wishes }) =>
    file.name === 'secret.txt'
      ? refuseUpload('not-yours', 'This file is not yours.')
      : {
          object: `${wishes?.folder ?? 'photos'}/${(objects += 1)}`,
          maxSizeBytes: MAX_SIZE,
          partSizeBytes: PART,
        },
});

export class Handlers {
  @OnUploadCompleted({ objectPrefix: 'failing/' })
  fail() {
    throw new Error('the handler failed');
  }
}

export const uploaderApp: TestAppOptions = {
  hasNoSchedule: true,
  controllers: [PhotosController, UploadController],
  providers: [Handlers],
};

/** What the client sends, to OSS and to the app. */
export class Traffic implements Transport {
  readonly carriers = fetchTransport.carriers;
  /** `POST`, `PUT`, `PUT 7` for the seventh part, `GET`, `DELETE`. */
  readonly toOss: string[] = [];
  readonly toApp: string[] = [];
  /** Runs before a request leaves, and after it was answered; what they throw is what the client gets. */
  before: (line: string, request: TransportRequest) => unknown = () => undefined;
  after: (line: string, request: TransportRequest) => unknown = () => undefined;

  async send(request: TransportRequest) {
    const part = new URL(request.url).searchParams.get('partNumber');
    const line = part === null ? request.method : `${request.method} ${part}`;
    this.toOss.push(line);
    await this.before(line, request);
    const answer = await fetchTransport.send(request);
    await this.after(line, request);
    return answer;
  }

  readonly fetch: OssUploaderOptions['fetch'] = (url, init) => {
    this.toApp.push(`${init.method} ${new URL(url).pathname.replaceAll(/[\da-f-]{36}/g, ':id')}`);
    return fetch(url, init);
  };

  get partsSent(): string[] {
    return this.toOss.filter((line) => line.startsWith('PUT '));
  }
}

export function uploaderOf(
  { url }: TestApp,
  traffic: Traffic,
  more: Partial<OssUploaderOptions> = {},
) {
  const { fetch } = traffic;
  return createOssUploader<typeof UploadController>({
    url: `${url}/uploads`,
    transport: traffic,
    fetch,
    parallel: 1,
    ...more,
  });
}

export function fileOf(content: string | Buffer<ArrayBuffer>, name = 'photo.txt'): File {
  return new File([content], name, { type: 'text/plain', lastModified: 1_700_000_000_000 });
}

/** Like `localStorage`. */
export class MemoryStorage {
  readonly entries = new Map<string, string>();
  getItem(key: string) {
    return this.entries.get(key) ?? null;
  }
  setItem(key: string, value: string) {
    this.entries.set(key, value);
  }
  removeItem(key: string) {
    this.entries.delete(key);
  }
}

export async function caught(upload: Promise<unknown>): Promise<OssUploadError> {
  const error: unknown = await upload.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(OssUploadError);
  return error as OssUploadError;
}

export function noAnswer(): never {
  throw new OssUploadError('NETWORK', 'No answer came.', { mayBeStored: true });
}

/** Never answers, as a page that is closed meanwhile. */
export function untilCancelled(signal: CancelSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('cancelled')));
  });
}
