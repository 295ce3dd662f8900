import { xmlReply } from '../../server/xml.js';
import { DEFAULT_OWNER } from '../../options.js';
import type { Run } from '../operation.js';

/*
 * Of things that no bucket of the local OSS has. They are listed because clients that clean up a bucket ask what there
 * is to delete.
 */

/** @see https://help.aliyun.com/en/oss/developer-reference/listlivechannel */
export const listLiveChannel: Run = async (_state, { query }) =>
  xmlReply('ListLiveChannelResult', [
    ['Prefix', query.prefix ?? ''],
    ['Marker', query.marker ?? ''],
    ['MaxKeys', query['max-keys'] ?? '100'],
    ['IsTruncated', 'false'],
    ['NextMarker', ''],
  ]);

/** @see https://help.aliyun.com/en/oss/developer-reference/listaccesspoints */
export const listAccessPoints: Run = async (state, _request, { bucket }) =>
  xmlReply('ListAccessPointsResult', [
    ['IsTruncated', 'false'],
    ['NextContinuationToken', ''],
    ['AccountId', state.buckets.get(bucket)?.owner ?? DEFAULT_OWNER],
    ['AccessPoints', []],
  ]);
