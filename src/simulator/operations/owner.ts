import { DEFAULT_OWNER } from '../options.js';
import type { Reply } from '../server/reply.js';
import { type XmlContent, xmlReply } from '../server/xml.js';
import type { SimulatorState } from '../state.js';

/** The account that a bucket and its objects belong to. */
export function ownerOf(state: SimulatorState, bucket: string): string {
  return state.buckets.get(bucket)?.owner ?? DEFAULT_OWNER;
}

export function ownerElements(owner: string): XmlContent {
  return [
    ['ID', owner],
    ['DisplayName', owner],
  ];
}

/** The ACL of a bucket, or of an object. */
export function aclReply(owner: string, acl: string): Reply {
  return xmlReply('AccessControlPolicy', [
    ['Owner', ownerElements(owner)],
    ['AccessControlList', [['Grant', acl]]],
  ]);
}
