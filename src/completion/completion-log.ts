import { Log } from '../common/log.js';
import { logText, quoted, unquoted } from '../common/log-text.js';
import type { OssUpload } from '../database/oss-upload.entity.js';
import type { ResolvedOssCallbackOptions } from '../options/resolved.js';

/** Called with each upload that this process has made count. */
export type OnCompleted = (upload: OssUpload) => void;

/** One line for each completed upload, unless the app wants none. */
export function completionLog({
  logCompletedUploads,
}: Pick<ResolvedOssCallbackOptions, 'logCompletedUploads'>): OnCompleted {
  if (!logCompletedUploads) return () => undefined;
  const log = new Log();
  return ({ id: uploadId, requestId, object, size, owner, receivedAt, completedAt }) => {
    const bytes = size === null ? 'size unknown' : `${size} bytes`;
    const whose = owner === null ? unquoted('no owner') : logText`owner ${quoted(owner)}`;
    const durationMs = (completedAt?.getTime() ?? Date.now()) - receivedAt.getTime();
    log.log(
      logText`Upload completed: ${quoted(object)}, ${unquoted(bytes)}, ${whose}, ${durationMs} ms`,
      { uploadId, requestId },
    );
  };
}
