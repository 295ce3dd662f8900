import { xmlReply } from '../../server/xml.js';
import type { Run } from '../operation.js';
import { ownerOf } from '../owner.js';

/**
 * No access points can be created here, so the list is empty. Helpers of SDKs request it before they delete a bucket.
 * @see https://help.aliyun.com/en/oss/developer-reference/listaccesspoints
 */
export const listAccessPoints: Run = async (state, _request, { bucket }) =>
  xmlReply('ListAccessPointsResult', [
    ['IsTruncated', 'false'],
    ['NextContinuationToken', ''],
    ['AccountId', ownerOf(state, bucket)],
    ['AccessPoints', []],
  ]);
