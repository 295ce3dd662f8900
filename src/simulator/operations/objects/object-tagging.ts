import { writeTagging } from '../../../protocol/object-tags.js';
import { readText } from '../../server/body.js';
import { type Reply, withHeaders } from '../../server/reply.js';
import { xmlReply } from '../../server/xml.js';
import type { SimulatorState } from '../../state.js';
import type { StoredObject } from '../../storage/stored-object.js';
import type { Run } from '../operation.js';
import { findObject } from './find-object.js';
import { readTagDocument, readTagging, tagElements } from './tags.js';
import { versionHeaders } from './version-headers.js';

const MAX_DOCUMENT_BYTES = 64 * 1024;
/** A delete marker has no tags. */
const ofMarker = 'NoSuchKey';

/** @see https://help.aliyun.com/en/oss/developer-reference/putobjecttagging */
export const putObjectTagging: Run = async (state, request, resource) => {
  const tags = readTagDocument(await readText(request.body, MAX_DOCUMENT_BYTES));
  const stored = findObject(state, request, resource, ofMarker);
  return changeTags(state, stored, writeTagging(tags), 200);
};

/** @see https://help.aliyun.com/en/oss/developer-reference/getobjecttagging */
export const getObjectTagging: Run = async (state, request, resource) => {
  const stored = findObject(state, request, resource, ofMarker);
  const tags = readTagging(stored.headers['x-oss-tagging'] ?? '');
  const reply = xmlReply('Tagging', [['TagSet', tagElements(tags)]]);
  return withHeaders(reply, versionHeaders(state, stored));
};

/** @see https://help.aliyun.com/en/oss/developer-reference/deleteobjecttagging */
export const deleteObjectTagging: Run = async (state, request, resource) =>
  changeTags(state, findObject(state, request, resource, ofMarker), '', 204);

async function changeTags(
  state: SimulatorState,
  stored: StoredObject,
  tagging: string,
  status: number,
): Promise<Reply> {
  const { 'x-oss-tagging': _before, ...headers } = stored.headers;
  const changed = tagging === '' ? headers : { ...headers, 'x-oss-tagging': tagging };
  await state.objects.update(stored, { headers: changed });
  return { status, headers: versionHeaders(state, stored) };
}
