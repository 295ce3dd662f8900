import type { CustomVariablesDto } from '../../variables/custom-variables.dto.js';

/**
 * How a client sends a file: as a form (PostObject), with a PUT, or in parts.
 * @category Upload controller
 */
export type UploadCarrier = 'form' | 'put' | 'multipart';

export const UPLOAD_CARRIERS: readonly UploadCarrier[] = ['form', 'put', 'multipart'];

/**
 * What a client announces about its file.
 * @category Upload controller
 */
export interface WishedFile {
  /** 1 to 255 characters, without slashes and control characters. */
  name: string;
  /** A media type, or empty if the client does not know it. */
  type: string;
  /** In bytes. The upload is authorised for exactly that size. */
  size: number;
}

/**
 * What a client wants to upload, validated.
 * @category Upload controller
 */
export interface UploadWish<Wishes = undefined, Variables = undefined> {
  /** The file as the client announced it. */
  file: WishedFile;
  /** An instance of the option `wishes`; `undefined` without that option. */
  wishes: Wishes;
  /** An instance of the option `variables`; `undefined` without that option. */
  variables: Variables;
  /** The ways to upload that the client supports; at least one. */
  carriers: readonly UploadCarrier[];
}

export type AnyUploadWish = UploadWish<object | undefined, CustomVariablesDto | undefined>;
