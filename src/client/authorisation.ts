/**
 * A way to upload: as a form (PostObject), with a PUT, or in parts.
 * @category Authorisations
 */
export type CarrierName = 'form' | 'put' | 'multipart';

/**
 * What `authorizePostObject` returned, as JSON.
 * @category Authorisations
 */
export interface FormAuthorisation {
  /** Id of the upload, UUIDv7. */
  uploadId: string;
  /** The URL to which the form is sent. */
  url: string;
  /** The fields of the form by name, all but the file. */
  fields: Readonly<Record<string, string>>;
}

/**
 * What `authorizePutObject` returned, as JSON.
 * @category Authorisations
 */
export interface PutAuthorisation {
  /** Id of the upload, UUIDv7. */
  uploadId: string;
  /** Always `PUT`. */
  method: 'PUT';
  /** The presigned URL. */
  url: string;
  /** Headers that are sent with the file, all of them. */
  headers: Readonly<Record<string, string>>;
}

/**
 * One part of a file, with the request that sends it.
 * @category Authorisations
 */
export interface PartAuthorisation {
  /** Number of the part, from 1. */
  partNumber: number;
  /** Always `PUT`. */
  method: 'PUT';
  /** The presigned URL. */
  url: string;
  /** Headers that are sent with the part, all of them. */
  headers: Readonly<Record<string, string>>;
  /** Size of this part of the file, in bytes. */
  sizeBytes: number;
}

/**
 * What `authorizeParts` returned, as JSON: up to 1,000 parts.
 * @category Authorisations
 */
export interface PartsPage {
  /** The parts in the order of their numbers. */
  parts: readonly PartAuthorisation[];
  /** The part number after these; absent on the last page. */
  nextPartNumber?: number;
  /** The request that lists which of these parts have arrived, as OSS's XML. */
  listParts: {
    /** Always `GET`. */
    method: 'GET';
    /** The presigned URL. */
    url: string;
  };
}

/**
 * What `authorizeMultipart` returned, as JSON.
 * @category Authorisations
 */
export interface MultipartAuthorisation extends PartsPage {
  /** Id of the upload, UUIDv7. */
  uploadId: string;
  /** Size of every part but the last, in bytes. */
  partSize: number;
  /** The request that completes the upload once all parts have arrived; it has no body. */
  complete: {
    /** Always `POST`. */
    method: 'POST';
    /** The presigned URL. */
    url: string;
    /** Headers that are sent with the request, all of them. */
    headers: Readonly<Record<string, string>>;
  };
  /** The request that aborts the upload and removes its parts. */
  abort: {
    /** Always `DELETE`. */
    method: 'DELETE';
    /** The presigned URL. */
    url: string;
  };
  /** Identifies the upload when the app is asked for further parts. */
  handle: string;
}

/**
 * An authorisation of the app to upload one file.
 * @category Authorisations
 */
export type Authorisation = FormAuthorisation | PutAuthorisation | MultipartAuthorisation;
