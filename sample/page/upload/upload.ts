/** A file on its way. */
export interface Upload {
  file: Blob;
  name: string;
  signal: AbortSignal;
  /** Called with how many bytes have left. */
  onProgress: (sentBytes: number) => void;
}

/** What the app is told of a file before it authorises its upload. */
export function wishFor({ file, name }: Upload) {
  return { name, size: file.size, ...(file.type === '' ? {} : { type: file.type }) };
}
