import { OssCallbackError } from '../common/errors.js';
import type { HttpAnswer, HttpAnswerHead } from './http-exchange.js';
import { xmlElements } from '../protocol/xml-elements.js';

/** An XML error document of OSS. */
export interface OssErrorBody {
  code: string;
  message: string;
  ec?: string;
  requestId?: string;
}

/**
 * Reads OSS's error document. It is flat and has no attributes, so it needs no parser.
 * @returns nothing for any other text
 */
export function readOssError(xml: string): OssErrorBody | undefined {
  const document = xml.slice(0, 16_384);
  const code = xmlElement(document, 'Code');
  if (!/<Error[\s>]/.test(document) || code === undefined) return undefined;
  return {
    code,
    message: xmlElement(document, 'Message') ?? '',
    ec: xmlElement(document, 'EC'),
    requestId: xmlElement(document, 'RequestId'),
  };
}

/** The error document of a response to HEAD, which has no body: it is in a header. */
export function readErrorHeader(headers: HttpAnswerHead['headers']): OssErrorBody | undefined {
  return readOssError(Buffer.from(headers['x-oss-err'] ?? '', 'base64').toString('utf8'));
}

/** An unsuccessful answer of OSS as an error of this package, with OSS's facts in its `details`. */
export function ossRefusal(answer: HttpAnswer, what: string): OssCallbackError {
  const facts = readRefusal(answer);
  const code = answer.status >= 500 ? 'OSS_UNAVAILABLE' : 'OSS_REFUSED';
  return new OssCallbackError(code, `${what} (${facts.reason}).`, {
    details: facts.details,
  });
}

/** What OSS says in an answer other than a plain success: a reason for people, and facts for programs. */
export function readRefusal({ status, headers, text }: HttpAnswer): {
  reason: string;
  details: Record<string, unknown>;
} {
  const error = readOssError(text);
  return {
    reason: error ? `${error.code}: ${error.message}` : `status ${status}`,
    details: {
      status,
      ossCode: error?.code,
      ossMessage: error?.message,
      ec: error?.ec ?? headers['x-oss-ec'],
      requestId: error?.requestId ?? headers['x-oss-request-id'],
    },
  };
}

/** An ETag in upper case, without quotes. */
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

/** The text of the first element of that name without child elements; it has no attributes. */
export function xmlElement(xml: string, name: string): string | undefined {
  const text = xmlElements(xml, name).find((content) => !content.includes('<'));
  return text?.replace(/&(lt|gt|quot|apos|amp);/g, (_entity, key: string) => ENTITIES[key] ?? '');
}
