import { OssFailure } from '../../server/oss-failure.js';
import { withHeaders } from '../../server/reply.js';
import { isObjectName } from '../../server/resource.js';
import { xmlReply, xmlTime } from '../../server/xml.js';
import { orDiscard } from '../../storage/content/content.js';
import { versionHeaders } from '../objects/version-headers.js';
import type { UploadRun } from '../operation.js';
import { refuseOverwrite, uploadHeaders } from '../uploads/upload.js';
import { copiedProperties } from './copied-properties.js';
import { openSource, whileThere } from './copy-source.js';

const INVALID_SOURCE = '0016-00000305';

/** Copies a symlink as such. https://help.aliyun.com/en/oss/developer-reference/copyobject */
export const copyObject: UploadRun = async (state, request, resource, caller) => {
  const { headers } = request;
  if (!isObjectName(resource.object)) throw new OssFailure('InvalidObjectName');
  const opened = openSource(state, request, resource, caller, INVALID_SOURCE);
  if ('notModified' in opened) return opened.notModified;
  const { source } = opened;
  const { etag, contentMd5, symlinkTarget, type } = source;
  const properties = copiedProperties(
    source,
    resource,
    headers,
    state.buckets.get(resource.bucket),
  );
  const copy = await whileThere(source, () => state.objects.copyContent(source));
  await orDiscard(copy.content, () =>
    refuseOverwrite(state, resource, headers['x-oss-forbid-overwrite']),
  );
  const stored = await state.objects.commit(copy, {
    ...resource,
    ...properties,
    etag,
    contentMd5,
    symlinkTarget,
    type: type === 'Appendable' ? 'Normal' : type,
    requestId: request.id,
  });
  const reply = xmlReply('CopyObjectResult', [
    ['LastModified', xmlTime(stored.lastModified)],
    ['ETag', `"${stored.etag}"`],
  ]);
  return withHeaders(reply, {
    ...uploadHeaders(stored),
    ...versionHeaders(state, source, 'x-oss-copy-source-version-id'),
  });
};
