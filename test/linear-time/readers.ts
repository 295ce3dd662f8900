import { createPublicKey } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { refusal } from '../../src/client/oss-answer.js';
import { readUploadQuery } from '../../src/http/records/audit-query.js';
import { toPlainBody } from '../../src/callback/verification/plain-body.js';
import { toPublicPath } from '../../src/routes/public-path.js';
import { readSignatureHeaders } from '../../src/callback/verification/request-checks.js';
import { matchesRoute, toRoutePattern } from '../../src/routes/route-pattern.js';
import { bodyVariants } from '../../src/callback/diagnosis/signature-diagnosis-bodies.js';
import { jsonLayouts } from '../../src/callback/diagnosis/signature-diagnosis-json.js';
import { findPathCause } from '../../src/callback/diagnosis/signature-diagnosis-paths.js';
import { findQueryCause } from '../../src/callback/diagnosis/signature-diagnosis-queries.js';
import { urlVariants } from '../../src/callback/diagnosis/signature-diagnosis-urls.js';
import { hasDotSegment } from '../../src/oss-client/object-address.js';
import { readOssError } from '../../src/oss-client/oss-response.js';
import { fieldText, quoted, quotedUrl, stackText, unquoted } from '../../src/common/log-text.js';
import { isAllowed, parseAccessPolicy } from '../../src/protocol/signing/access-policy.js';
import { parseCallbackBody } from '../../src/protocol/callback/callback-body.js';
import { decodeCallback } from '../../src/protocol/callback/callback-parameter.js';
import {
  findTemplateProblem,
  renderCallbackBody,
} from '../../src/protocol/callback/callback-rendering.js';
import { isSignatureOf } from '../../src/protocol/callback/callback-signature-origin.js';
import { callbackStringsToSign } from '../../src/protocol/callback/callback-signature.js';
import { parseCallbackUrl } from '../../src/protocol/callback/callback-url.js';
import { encodeObjectPath } from '../../src/protocol/signing/percent-encoding.js';
import { evaluatePostPolicy, maxSizeOfPolicy } from '../../src/protocol/signing/post-policy.js';
import {
  isPublicKeyUrlUnder,
  readPublicKeyUrl,
} from '../../src/protocol/callback/public-key-url.js';
import { canonicalRequestV4 } from '../../src/protocol/signing/signature-v4.js';
import { xmlElements } from '../../src/protocol/xml-elements.js';
import { UploadTickets } from '../../src/ticket/upload-tickets.js';
import { toVariablesDto } from '../../src/variables/custom-variables.js';
import { CustomVariablesDto } from '../../src/variables/custom-variables.dto.js';
import { readCallbackVariables } from '../../src/variables/read-callback-body.js';
import { mediaTypeOf } from '../../src/protocol/media-type.js';
import { allowsContentType, mediaRangeOf } from '../../src/variables/media-range.js';
import { checkUploadRequest } from '../../src/upload/authorize/check-upload-request.js';
import { openHandle } from '../../src/upload/authorize/multipart-handle.js';
import { pair, spoil } from '../diagnosis/spoiled-callback.js';

class Variables extends CustomVariablesDto {
  count!: number;
  at!: Date;
  text!: string;
}
Reflect.defineMetadata('design:type', Number, Variables.prototype, 'count');
Reflect.defineMetadata('design:type', Date, Variables.prototype, 'at');

const SECRETS = ['0123456789abcdef0123456789abcdef'];
const publicKey = createPublicKey(pair.publicKey);
const tickets = new UploadTickets(SECRETS, ['https://api.example.com', 'test']);
const patterns = ['/oss/callback', '/:a-:b-:c', '/*a/x/*b/-', '/a{/:b}{/:c}'].map(toRoutePattern);
const base64 = (text: string) => Buffer.from(text).toString('base64');

/** Whatever reads bytes of a request, or of what an uploader may name, by what they are. */
export const readers: Readonly<Record<string, (text: string) => unknown>> = {
  // the callback
  'body of a callback': (text) => {
    const body = Buffer.from(text);
    const parsed = parseCallbackBody(body);
    return parsed.ok && [readCallbackVariables(parsed.values), toPlainBody(parsed, body)];
  },
  'names and values of a body': (text) =>
    readCallbackVariables(
      new Map([
        [text, text],
        [`x:${text}`, text],
        ...['object', 'etag', 'size', 'crc64', 'contentMd5', 'mimeType'].map(
          (name) => [name, text] as const,
        ),
      ]),
    ),
  'values of custom variables': (text) =>
    toVariablesDto(Variables, { count: text, at: text, text }),
  'ticket in a body': (text) =>
    tickets.open(
      text,
      { bucket: text, object: text, variables: { text } },
      { path: text },
      new Date(),
    ),
  'text that OSS signed': (text) => callbackStringsToSign({ url: text, body: Buffer.from(text) }),
  'path of a request, for its route': (text) => patterns.map((one) => matchesRoute(one, text)),
  'path of a request, for publicPath': (text) =>
    toPublicPath({ publicPath: (path) => `${path}x` }, text),
  'headers of a request': (text) =>
    readSignatureHeaders({
      url: '/',
      headers: {},
      rawHeaders: ['authorization', text, 'x-oss-pub-key-url', text],
    } as unknown as IncomingMessage),
  'Authorization of a request': (text) => isSignatureOf(publicKey, text),
  'key URL of a request': (text) => [
    readPublicKeyUrl(base64(text)),
    isPublicKeyUrlUnder('http://127.0.0.1', `http://127.0.0.1${text}`),
  ],
  // why a signature failed
  'diagnosis: bodies': (text) => bodyVariants(Buffer.from(text)),
  'diagnosis: layouts of JSON': (text) => jsonLayouts(text.replaceAll(/[[{]/g, ' ')),
  'diagnosis: URLs': (text) =>
    urlVariants(
      spoil(
        { url: '/' },
        {
          received: `/${text}`,
          checked: text,
          headers: { 'x-original-uri': text, 'x-forwarded-prefix': `/${text}` },
        },
      ),
    ),
  'diagnosis: what changed in a path': (text) => [
    findPathCause({ received: `/a${text}`, checked: `/${text}`, signed: `/b${text}` }),
    findPathCause({ received: `/${text}`, checked: `/${text}`, signed: '/' }),
  ],
  'diagnosis: what changed in a query': (text) => findQueryCause(`?${text}`, `?b&${text}`),
  // logs and answers
  'text for a log': (text) => [
    ...[quoted, unquoted, quotedUrl, fieldText].map((write) => write(text)),
    stackText(Object.assign(new Error(text), { stack: `Error: ${text}\n${text}` })),
    stackText(Object.assign(new Error(text), { stack: text })),
  ],
  'filter of the audit': (text) =>
    ['from', 'limit', 'status'].map((name) => ignoring(() => readUploadQuery({ [name]: text }))),
  // an upload that a client asks for
  'request for an upload': (text) =>
    [
      { object: text },
      { object: 'a', contentType: text },
      { object: 'a', contentTypes: [text] },
      { object: 'a', owner: text },
      { object: 'a', variables: { a: text } },
    ].map((request) => ignoring(() => checkUploadRequest(request, 'id', 60))),
  'handle of a multipart upload': (text) =>
    openHandle(text, { secrets: SECRETS, audience: [] }, new Date()),
  'name of an object': (text) => [hasDotSegment(text), encodeObjectPath(text)],
  'content type': (text) => [
    mediaTypeOf(text),
    mediaRangeOf(text),
    allowsContentType(['image/*', 'text/plain'], text),
  ],
  'error document of OSS': (text) => readOssError(`<Error>${text}`),
  'error document that a client gets': (text) =>
    [text, 'polic'.repeat(text.length / 5)].map((message) => {
      const xml = `<Error><Code>AccessDenied</Code><Message>${message}</Message></Error>`;
      return refusal({ status: 403, text: xml }, 'id');
    }),
  // the local OSS
  'callback parameter': (text) => [
    decodeCallback(text, text),
    decodeCallback(base64(text.slice(0, 3_000)), base64(text.slice(0, 3_000))),
    parseCallbackUrl(text),
    findTemplateProblem(text),
  ],
  'template of a callback body': (text) =>
    renderCallbackBody(text, 'application/json', new Map([['b', text]])),
  'policy of a form': (text) => {
    const form = { bucket: 'b', fields: new Map(), sizeBytes: 1, now: new Date() };
    const condition = { expiration: '2100-01-01T00:00:00Z', conditions: [['in', '$a', [text]]] };
    return [text, JSON.stringify(condition), JSON.stringify({ expiration: text })].map((policy) => [
      evaluatePostPolicy(base64(policy), form),
      maxSizeOfPolicy(base64(policy)),
    ]);
  },
  'policy of temporary credentials': (text) => {
    parseAccessPolicy(text);
    const Resource = ['*a*b', 'acs:oss:*:*:b/*a*a*?c', '*/*/*/-'];
    const policy = {
      Version: '1' as const,
      Statement: [{ Effect: 'Allow' as const, Action: ['*'], Resource }],
    };
    return isAllowed(policy, text, { bucket: 'b', object: text });
  },
  'parts of a multipart upload': (text) => xmlElements(text, 'Part'),
  'signed headers': (text) => {
    const names = Array.from({ length: text.length / 16 }, (_, index) => `header-${index}`);
    const headers = Object.fromEntries(names.map((name) => [name, 'a']));
    const query = Object.fromEntries(names.map((name) => [name, 'a']));
    return canonicalRequestV4({ method: 'PUT', bucket: 'b', object: text, query, headers }, names);
  },
};

function ignoring(work: () => unknown): unknown {
  try {
    return work();
  } catch {
    return undefined; // refused, which takes its time as well
  }
}
