import { plainToInstance } from 'class-transformer';
import { findProblem } from './custom-variables.js';
import * as limits from './system-variable-limits.js';
import { SystemVariablesDto } from './system-variables.dto.js';

export type SystemVariablesRead =
  { ok: true; system: SystemVariablesDto } | { ok: false; problem: string };

type Property = keyof SystemVariablesDto;
export type SystemVariableTexts = ReadonlyMap<Property, string>;
/** The value as the DTO holds it; `undefined` where only the validators can say. */
type Look = (text: string) => string | number | undefined;

/**
 * The DTO from texts by property name. Nearly every callback passes a quick look, which costs a tenth of what the
 * validators do; where it does not, they decide, and say what is wrong.
 */
export function readSystemVariables(texts: SystemVariableTexts): SystemVariablesRead {
  const quick = readQuickly(texts);
  if (quick) return { ok: true, system: quick };
  const plain = { bucket: '', object: '', ...Object.fromEntries(texts) };
  const system = plainToInstance(SystemVariablesDto, plain);
  const problem = findProblem(system);
  return problem ? { ok: false, problem } : { ok: true, system };
}

function readQuickly(texts: SystemVariableTexts): SystemVariablesDto | undefined {
  const system = new SystemVariablesDto();
  system.bucket = '';
  system.object = '';
  const values = system as unknown as Record<string, string | number>;
  for (const [property, text] of texts) {
    const value = LOOKS[property](text);
    if (value === undefined) return undefined;
    values[property] = value;
  }
  return system;
}

const upTo =
  (length: number): Look =>
  (text) =>
    text.length <= length ? text : undefined;

const matching =
  (pattern: RegExp): Look =>
  (text) =>
    pattern.test(text) ? text : undefined;

const upToNumber =
  (max: number): Look =>
  (text) => {
    const number = limits.WHOLE_NUMBER.test(text) ? Number(text) : Number.NaN;
    return number <= max ? number : undefined;
  };

const LOOKS: Readonly<Record<Property, Look>> = {
  bucket: upTo(limits.MAX_BUCKET_LENGTH),
  object: (text) => (Buffer.byteLength(text) <= limits.MAX_OBJECT_BYTES ? text : undefined),
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
