import type { CustomVariablesDto } from '../../variables/custom-variables.dto.js';

/** A way in which a client sends its file. */
export type UploadCarrier = 'form' | 'put' | 'multipart';

export const UPLOAD_CARRIERS: readonly UploadCarrier[] = ['form', 'put', 'multipart'];

/** What a client says of its file. */
export interface WishedFile {
  /** 1 to 255 characters, without slashes and control characters. */
  name: string;
  /** A media type, or empty where the client does not know it. */
  type: string;
  /** In bytes. The upload is authorised for exactly that size. */
  size: number;
}

/** What a client wants to upload, validated. */
export interface UploadWish<Wishes = undefined, Variables = undefined> {
  file: WishedFile;
  /** An instance of the option `wishes`; `undefined` without that option. */
  wishes: Wishes;
  /** An instance of the option `variables`; `undefined` without that option. */
  variables: Variables;
  /** What the client is able to do; at least one. */
  carriers: readonly UploadCarrier[];
}

export type AnyUploadWish = UploadWish<object | undefined, CustomVariablesDto | undefined>;
