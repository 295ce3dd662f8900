import { escapeMarkup } from '../../protocol/oss-errors.js';
import type { Reply } from './reply.js';

/** Content of an element: text, or further elements. */
export type XmlContent = string | readonly (readonly [name: string, content: XmlContent])[];

/** A result document, with the content type that SDKs compare exactly. */
export function xmlReply(root: string, content: XmlContent, status = 200): Reply {
  return {
    status,
    headers: { 'content-type': 'application/xml' },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${element(root, content)}\n`,
  };
}

/** Control characters stay, as in OSS's results, although XML has none: clients ask for `encoding-type=url` for them. */
function element(name: string, content: XmlContent): string {
  if (typeof content === 'string') return `<${name}>${escapeMarkup(content)}</${name}>`;
  const children = content.map(([child, inner]) => element(child, inner)).join('\n');
  return `<${name}>\n${children}\n</${name}>`;
}

/** A time as OSS writes it in XML: whole seconds with `.000`, since parsers of SDKs require milliseconds. */
export function xmlTime(date: Date): string {
  return `${date.toISOString().slice(0, -'.000Z'.length)}.000Z`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};

/** Resolves the entities in XML text. */
export function unescapeXml(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w+));/gi, (all, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[String(name)] ?? all;
    const code = decimal === undefined ? Number.parseInt(String(hex), 16) : Number(decimal);
    return code <= 0x10_ffff ? String.fromCodePoint(code) : all;
  });
}
