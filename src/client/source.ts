import type { CarrierName } from './authorisation.js';

/** A `Blob` or `File`, of a browser, a worker or Node (`openAsBlob`). */
export interface BlobSource {
  readonly size: number;
  readonly type: string;
  /** Of a `File`. */
  readonly name?: string;
  /** Of a `File`, in milliseconds. */
  readonly lastModified?: number;
  slice(start?: number, end?: number, type?: string): Pick<BlobSource, 'size' | 'type'>;
}

/** A file of React Native, as pickers give it. It can be sent as form or with a PUT, not in parts. */
export interface UriSource {
  readonly uri: string;
  readonly name: string;
  readonly type: string;
  /** In bytes. */
  readonly size?: number;
}

/** A file of a mini-program, as `wx.chooseMedia` gives it (`tempFilePath`). It can be sent as form only. */
export interface PathSource {
  readonly filePath: string;
  readonly name?: string;
  readonly type?: string;
  /** In bytes. */
  readonly size?: number;
}

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
