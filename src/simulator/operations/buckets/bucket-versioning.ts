import { xmlElements } from '../../../protocol/xml-elements.js';
import { readText } from '../../server/body.js';
import { OssFailure } from '../../server/oss-failure.js';
import { xmlReply } from '../../server/xml.js';
import type { Run } from '../operation.js';
import { MAX_CONFIGURATION_BYTES, settings } from './bucket.js';

/** @see https://help.aliyun.com/en/oss/developer-reference/putbucketversioning */
export const putBucketVersioning: Run = async (state, request, { bucket }) => {
  const configuration = await readText(request.body, MAX_CONFIGURATION_BYTES);
  const [status] = xmlElements(configuration, 'Status').map((text) => text.trim());
  if (status !== 'Enabled' && status !== 'Suspended') throw new OssFailure('MalformedXML');
  await state.buckets.put(bucket, { versioning: status }, state.clock());
  return { status: 200 };
};

/** @see https://help.aliyun.com/en/oss/developer-reference/getbucketversioning */
export const getBucketVersioning: Run = async (state, _request, { bucket }) => {
  const { versioning } = settings(state, bucket);
  return xmlReply('VersioningConfiguration', versioning ? [['Status', versioning]] : []);
};
