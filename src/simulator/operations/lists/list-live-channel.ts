import { xmlReply } from '../../server/xml.js';
import type { Run } from '../operation.js';
import { readNumber } from './list-page.js';

const DEFAULT_KEYS = 100;
const MAX_KEYS = 1_000;

/**
 * No live channels can be created here, so the list is empty. Helpers of SDKs request it before they delete a bucket.
 * @see https://help.aliyun.com/en/oss/developer-reference/listlivechannel
 */
export const listLiveChannel: Run = async (_state, { query }) =>
  xmlReply('ListLiveChannelResult', [
    ['Prefix', query.prefix ?? ''],
    ['Marker', query.marker ?? ''],
    ['MaxKeys', String(readNumber(query, 'max-keys', DEFAULT_KEYS, { min: 1, max: MAX_KEYS }))],
    ['IsTruncated', 'false'],
    ['NextMarker', ''],
  ]);
