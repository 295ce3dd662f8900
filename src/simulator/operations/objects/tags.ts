import { isTag, MAX_TAGS } from '../../../protocol/object-tags.js';
import { xmlElements } from '../../../protocol/xml-elements.js';
import { OssFailure } from '../../server/oss-failure.js';
import { unescapeXml, type XmlContent } from '../../server/xml.js';

export type Tag = readonly [key: string, value: string];

/**
 * Reads tags as `x-oss-tagging` has them: `key=value&key`, percent-encoded.
 * @throws OssFailure `InvalidArgument`, `BadRequest` or `InvalidTag`
 */
export function readTagging(header: string): Tag[] {
  if (header === '') return [];
  const tags = header.split('&').map((pair): Tag => {
    const [key = '', value = '', ...more] = pair.split('=');
    if (more.length > 0) throw notParameters();
    return [decode(key), decode(value)];
  });
  refuseUnknownTags(tags, OBJECT_TAGS);
  if (hasDuplicates(tags)) throw notParameters();
  return tags;
}

export interface TagRules {
  maxTags: number;
  isTag: (key: string, value: string) => boolean;
}

const OBJECT_TAGS: TagRules = { maxTags: MAX_TAGS, isTag };

/** Reads a document of tags. @throws OssFailure `MalformedXML`, `BadRequest` or `InvalidTag` */
export function readTagDocument(xml: string, rules = OBJECT_TAGS): Tag[] {
  if (!/<Tagging[\s/>]/.test(xml)) throw new OssFailure('MalformedXML');
  const tags = xmlElements(xml, 'Tag').map((tag): Tag => {
    const [key] = xmlElements(tag, 'Key');
    const [value = ''] = xmlElements(tag, 'Value');
    if (key === undefined) throw new OssFailure('MalformedXML');
    return [unescapeXml(key), unescapeXml(value)];
  });
  refuseUnknownTags(tags, rules);
  if (hasDuplicates(tags)) {
    throw new OssFailure('InvalidTag', {
      message: 'Cannot provide multiple Tags with the same key.',
    });
  }
  return tags;
}

export function tagElements(tags: readonly Tag[]): XmlContent {
  return tags.map(
    ([key, value]) =>
      [
        'Tag',
        [
          ['Key', key],
          ['Value', value],
        ],
      ] as const,
  );
}

/** @throws OssFailure if there are too many tags, or an invalid one */
function refuseUnknownTags(tags: readonly Tag[], { maxTags, isTag }: TagRules): void {
  if (tags.length > maxTags) {
    throw new OssFailure('BadRequest', {
      message: `Object tags cannot be greater than ${maxTags}.`,
      ec: '0010-00000218',
    });
  }
  for (const [key, value] of tags) {
    if (!isTag(key, '')) throw invalidTag('TagKey');
    if (!isTag(key, value)) throw invalidTag('TagValue');
  }
}

function hasDuplicates(tags: readonly Tag[]): boolean {
  return new Set(tags.map(([key]) => key)).size < tags.length;
}

function invalidTag(part: 'TagKey' | 'TagValue'): OssFailure {
  return new OssFailure('InvalidTag', { message: `The ${part} you have provided is invalid.` });
}

function notParameters(): OssFailure {
  return new OssFailure('InvalidArgument', {
    message:
      "The header 'x-oss-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
    ec: '0010-00000219',
  });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw notParameters();
  }
}
