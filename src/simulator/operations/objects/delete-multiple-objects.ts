import { createHash } from 'node:crypto';
import { xmlElements } from '../../../protocol/xml-elements.js';
import { requireAccess } from '../../authentication/access.js';
import { readBody } from '../../server/body.js';
import { checkContentMd5 } from '../../server/content-md5.js';
import { OssFailure } from '../../server/oss-failure.js';
import { isObjectName } from '../../server/resource.js';
import { checkVersionId } from '../../server/version-id.js';
import { unescapeXml, type XmlContent, xmlReply } from '../../server/xml.js';
import { readEncodingType } from '../encoding-type.js';
import type { Run } from '../operation.js';
import { deleteOne, type Deletion } from './delete-object.js';

const MAX_OBJECTS = 1_000;
const MAX_LIST_BYTES = 2 * 1024 * 1024;

interface Listed {
  object: string;
  versionId: string | undefined;
}

/** @see https://help.aliyun.com/en/oss/developer-reference/deletemultipleobjects */
export const deleteMultipleObjects: Run = async (state, request, { bucket }, caller) => {
  const { elements, write } = readEncodingType(request);
  const body = await readBody(request.body, MAX_LIST_BYTES);
  if (!body) throw new OssFailure('MalformedXML');
  const expectedMd5 = request.headers['content-md5'];
  if (expectedMd5 === undefined) throw new OssFailure('MissingArgument', { ec: '0016-00000606' });
  checkContentMd5(expectedMd5, createHash('md5').update(body).digest());
  const xml = body.toString('utf8');
  const listed = readList(xml);
  for (const one of listed) requireAccess(state, caller, 'oss:DeleteObject', { bucket, ...one });
  const deleted: (readonly [string, XmlContent])[] = [];
  for (const one of listed) {
    const deletion = await deleteOne(state, bucket, one.object, one.versionId);
    deleted.push(['Deleted', [['Key', write(one.object)], ...versionElements(one, deletion)]]);
  }
  const [quiet = ''] = xmlElements(xml, 'Quiet');
  return quiet.trim().toLowerCase() === 'true'
    ? { status: 200 }
    : xmlReply('DeleteResult', [...elements, ...deleted]);
};

function readList(xml: string): Listed[] {
  if (!/<Delete[\s>]/.test(xml) || !/<\/Delete>\s*$/.test(xml)) throw malformed('0016-00000607');
  const objects = xmlElements(xml, 'Object').map((one) => {
    const [key] = xmlElements(one, 'Key');
    const [versionId = ''] = xmlElements(one, 'VersionId');
    if (key === undefined) throw malformed('0016-00000613');
    const object = unescapeXml(key);
    if (!isObjectName(object)) throw new OssFailure('InvalidObjectName');
    const trimmed = versionId.trim() || undefined;
    checkVersionId(trimmed);
    return { object, versionId: trimmed };
  });
  if (objects.length === 0) throw malformed('0016-00000615');
  if (objects.length > MAX_OBJECTS) throw new OssFailure('MalformedXML');
  return objects;
}

function malformed(ec: string): OssFailure {
  return new OssFailure('MalformedXML', { ec });
}

function versionElements({ versionId }: Listed, deletion: Deletion): (readonly [string, string])[] {
  return [
    ...(versionId === undefined ? [] : [['VersionId', versionId] as const]),
    ...(deletion.isMarker
      ? [
          ['DeleteMarker', 'true'] as const,
          ['DeleteMarkerVersionId', deletion.versionId ?? ''] as const,
        ]
      : []),
  ];
}
