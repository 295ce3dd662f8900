import { plainToInstance } from 'class-transformer';
import { findProblem } from './custom-variables.js';
import { MAX_OBJECT_NAME_BYTES } from '../protocol/object-limits.js';
import * as limits from './system-variable-limits.js';
import { SystemVariablesDto } from './system-variables.dto.js';

export type SystemVariablesRead =
  { ok: true; system: SystemVariablesDto } | { ok: false; problem: string };

type Property = keyof SystemVariablesDto;
export type SystemVariableTexts = ReadonlyMap<Property, string>;
/** Returns the value as the DTO holds it; `undefined` where the validators have to decide. */
type FastParser = (text: string) => string | number | undefined;

/**
 * Creates the DTO from texts by property name. The fast parsers accept nearly every callback, in a tenth of the
 * validators' time; otherwise the validators decide, and report the problem.
 */
export function readSystemVariables(texts: SystemVariableTexts): SystemVariablesRead {
  const fast = parseFast(texts);
  if (fast) return { ok: true, system: fast };
  const plain = { bucket: '', object: '', ...Object.fromEntries(texts) };
  const system = plainToInstance(SystemVariablesDto, plain);
  const problem = findProblem(system);
  return problem ? { ok: false, problem } : { ok: true, system };
}

function parseFast(texts: SystemVariableTexts): SystemVariablesDto | undefined {
  const system = new SystemVariablesDto();
  system.bucket = '';
  system.object = '';
  const values = system as unknown as Record<string, string | number>;
  for (const [property, text] of texts) {
    const value = FAST_PARSERS[property](text);
    if (value === undefined) return undefined;
    values[property] = value;
  }
  return system;
}

const upTo =
  (length: number): FastParser =>
  (text) =>
    text.length <= length ? text : undefined;

const matching =
  (pattern: RegExp): FastParser =>
  (text) =>
    pattern.test(text) ? text : undefined;

const upToNumber =
  (max: number): FastParser =>
  (text) => {
    const number = limits.WHOLE_NUMBER.test(text) ? Number(text) : Number.NaN;
    return number <= max ? number : undefined;
  };

const FAST_PARSERS: Readonly<Record<Property, FastParser>> = {
  bucket: upTo(limits.MAX_BUCKET_LENGTH),
  object: (text) => (Buffer.byteLength(text) <= MAX_OBJECT_NAME_BYTES ? text : undefined),
  etag: matching(limits.ETAG),
  size: upToNumber(Number.MAX_SAFE_INTEGER),
  mimeType: upTo(limits.MAX_MIME_TYPE_LENGTH),
  imageHeight: upToNumber(limits.MAX_DIMENSION),
  imageWidth: upToNumber(limits.MAX_DIMENSION),
  imageFormat: upTo(limits.MAX_FORMAT_LENGTH),
  crc64: matching(limits.CRC64),
  contentMd5: matching(limits.CONTENT_MD5),
  vpcId: upTo(limits.MAX_VPC_ID_LENGTH),
  clientIp: upTo(limits.MAX_WORD_LENGTH),
  requestId: upTo(limits.MAX_WORD_LENGTH),
  operation: upTo(limits.MAX_WORD_LENGTH),
};
