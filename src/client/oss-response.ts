/** What OSS says in an XML error document. */
export interface OssErrorBody {
  code: string;
  message: string;
  ec?: string;
  requestId?: string;
}

/**
 * Reads OSS's error document. It is flat and has no attributes, so that its few texts are found without a parser;
 * something else than such a document gives nothing.
 */
export function readOssError(xml: string): OssErrorBody | undefined {
  const document = xml.slice(0, 16_384);
  const code = element(document, 'Code');
  if (!/<Error[\s>]/.test(document) || code === undefined) return undefined;
  return {
    code,
    message: element(document, 'Message') ?? '',
    ec: element(document, 'EC'),
    requestId: element(document, 'RequestId'),
  };
}

/** An ETag as the package writes it: upper-case, without quotes. */
export function normalizeEtag(etag: string): string {
  return etag.replaceAll('"', '').toUpperCase();
}

const ENTITIES: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  amp: '&',
};

function element(xml: string, name: string): string | undefined {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  return text?.replace(/&(lt|gt|quot|apos|amp);/g, (_entity, key: string) => ENTITIES[key] ?? '');
}
