/** What the app's local part tells of an upload: `UploadTrace`. */
export interface Trace {
  uploadId: string;
  object: string;
  name?: string;
  startedAtMs: number;
  steps: { step: string; atMs: number; code?: string }[];
  deliveries: number;
  status?: number;
}

/** A forged callback that the app has refused. */
export interface Forgery {
  kind: string;
  object: string;
  atMs: number;
  status: number;
  code: string;
  message: string;
}
