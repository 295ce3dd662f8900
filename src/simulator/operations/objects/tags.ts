import { isTag, MAX_TAGS } from '../../../protocol/object-tags.js';
import { xmlElements } from '../../../protocol/xml-elements.js';
import { OssFailure } from '../../server/oss-failure.js';
import { unescapeXml, type XmlContent } from '../../server/xml.js';

export type Tag = readonly [key: string, value: string];

/** Reads tags as `x-oss-tagging` has them: `key=value&key`, percent-encoded. @throws OssFailure `InvalidTag` */
export function readTagging(header: string): Tag[] {
  if (header === '') return [];
  return checked(
    header.split('&').map((pair) => {
      const [key = '', value = '', ...more] = pair.split('=');
      if (more.length > 0) throw new OssFailure('InvalidTag', { ec: '0010-00000219' });
      return [decode(key), decode(value)];
    }),
  );
}

/** Reads a document of tags. @throws OssFailure `MalformedXML` or `InvalidTag` */
export function readTagDocument(xml: string, maxTags = MAX_TAGS): Tag[] {
  if (!/<Tagging[\s/>]/.test(xml)) throw new OssFailure('MalformedXML');
  return checked(
    xmlElements(xml, 'Tag').map((tag) => {
      const [key] = xmlElements(tag, 'Key');
      const [value = ''] = xmlElements(tag, 'Value');
      if (key === undefined) throw new OssFailure('MalformedXML');
      return [unescapeXml(key), unescapeXml(value)];
    }),
    maxTags,
  );
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

function checked(tags: Tag[], maxTags = MAX_TAGS): Tag[] {
  if (tags.length > maxTags) throw new OssFailure('InvalidTag', { ec: '0010-00000218' });
  const keys = new Set(tags.map(([key]) => key));
  if (keys.size < tags.length || !tags.every(([key, value]) => isTag(key, value))) {
    throw new OssFailure('InvalidTag');
  }
  return tags;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new OssFailure('InvalidTag', { ec: '0010-00000219' }); // not percent-encoded
  }
}
