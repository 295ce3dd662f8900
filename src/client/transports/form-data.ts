import { environment, type Form } from '../environment.js';
import { isBlob, type UploadSource } from '../source.js';

/** A form whose last field is the file, as OSS needs it. */
export function formOf(
  fields: Readonly<Record<string, string>>,
  file: UploadSource,
  fileName?: string,
): Form {
  const form = new environment.FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  // React Native takes `{ uri, name, type }` as a value, and the name from there
  if (isBlob(file)) form.append('file', file, fileName);
  else form.append('file', file);
  return form;
}
