/** A record as the app's JSON has it: `OssUpload`. */
export interface UploadRecord {
  id: string;
  object: string;
  owner: string | null;
  size: number | null;
  mimeType: string | null;
  imageWidth: number | null;
  imageHeight: number | null;
  source: string;
  status: string;
  receivedAt: string;
  variables: Record<string, string>;
  [other: string]: unknown;
}

/** What its user calls it. */
export function nameOf(record: UploadRecord): string {
  return record.variables.originalName ?? record.object;
}

export function imageSizeOf({ imageWidth, imageHeight }: UploadRecord): string {
  return imageWidth === null || imageHeight === null ? '' : `${imageWidth} × ${imageHeight}`;
}
