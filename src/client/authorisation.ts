/** A way to upload. */
export type CarrierName = 'form' | 'put' | 'multipart';

/** What `authorizePostObject` returned, as JSON. */
export interface FormAuthorisation {
  uploadId: string;
  url: string;
  fields: Readonly<Record<string, string>>;
}

/** What `authorizePutObject` returned, as JSON. */
export interface PutAuthorisation {
  uploadId: string;
  method: 'PUT';
  url: string;
  headers: Readonly<Record<string, string>>;
}

/** One part of a file, with the request that sends it. */
export interface PartAuthorisation {
  partNumber: number;
  method: 'PUT';
  url: string;
  headers: Readonly<Record<string, string>>;
  sizeBytes: number;
}

/** What `authorizeParts` returned, as JSON: up to 1,000 parts. */
export interface PartsPage {
  parts: readonly PartAuthorisation[];
  /** Absent on the last page. */
  nextPartNumber?: number;
  /** Lists which of these parts have arrived. */
  listParts: { method: 'GET'; url: string };
}

/** What `authorizeMultipart` returned, as JSON. */
export interface MultipartAuthorisation extends PartsPage {
  uploadId: string;
  partSize: number;
  complete: { method: 'POST'; url: string; headers: Readonly<Record<string, string>> };
  abort: { method: 'DELETE'; url: string };
  handle: string;
}

export type Authorisation = FormAuthorisation | PutAuthorisation | MultipartAuthorisation;
