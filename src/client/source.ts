import type { CarrierName } from './authorisation.js';

/**
 * A `Blob` or `File`, of a browser, a worker or Node (`openAsBlob`).
 * @category Uploads
 */
export interface BlobSource {
  /** Size in bytes. */
  readonly size: number;
  /** Media type; empty if it is unknown. */
  readonly type: string;
  /** Name of a `File`. */
  readonly name?: string;
  /** When a `File` was changed, in milliseconds since 1970. */
  readonly lastModified?: number;
  /** Returns the bytes from `start` up to, not including, `end`. */
  slice(start?: number, end?: number, type?: string): Pick<BlobSource, 'size' | 'type'>;
}

/**
 * A file of React Native, as pickers return it. It can be sent as a form or with a PUT, not in parts.
 * @category Uploads
 */
export interface UriSource {
  /** Where the file is on the device, for example `file:///…`. */
  readonly uri: string;
  /** Name of the file. */
  readonly name: string;
  /** Media type. */
  readonly type: string;
  /** Size in bytes; `createOssUploader` requires it. */
  readonly size?: number;
}

/**
 * A file of a mini-program, as `wx.chooseMedia` returns it (`tempFilePath`). It can only be sent as a form.
 * @category Uploads
 */
export interface PathSource {
  /** Where the file is, for example `wxfile://…`. */
  readonly filePath: string;
  /** Name of the file. Default: `file`. */
  readonly name?: string;
  /** Media type. Default: unknown. */
  readonly type?: string;
  /** Size in bytes; `createOssUploader` requires it. */
  readonly size?: number;
}

/**
 * A file to upload, of a browser, Node, React Native or a mini-program.
 * @category Uploads
 */
export type UploadSource = BlobSource | UriSource | PathSource;

export function isBlob(file: UploadSource): file is BlobSource {
  return 'slice' in file;
}

/** Whether a file can be sent in that way. */
export function canBe(file: UploadSource, carrier: CarrierName): boolean {
  return isBlob(file) || carrier === 'form' || (carrier === 'put' && 'uri' in file);
}

export function nameOf(file: UploadSource): string {
  return file.name ?? 'file';
}
