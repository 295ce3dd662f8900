import type { ResolvedCallback } from '../options/resolved.js';
import { parseCallbackBody } from '../protocol/callback/callback-body.js';
import {
  type CallbackValue,
  renderCallbackBody,
  templateVariables,
} from '../protocol/callback/callback-rendering.js';
import {
  CUSTOM_VARIABLE_PREFIX,
  SYSTEM_VARIABLE_NAMES,
  type SystemVariableName,
} from '../protocol/callback/system-variables.js';
import { callbackBodyTemplate } from './callback-body-template.js';
import { readCallbackVariables } from './read-callback-body.js';
import { SYSTEM_VARIABLE_PROPERTIES, toPropertyName } from './variable-names.js';

/** What OSS might report of a picture; no two are the same. */
const SAMPLE: Readonly<Record<SystemVariableName, CallbackValue>> = {
  bucket: 'sample-bucket',
  object: 'folder/示例 &+"1.png',
  etag: '5D41402ABC4B2A76B9719D911017C592',
  size: 5_386,
  mimeType: 'image/png',
  'imageInfo.height': 256,
  'imageInfo.width': 257,
  'imageInfo.format': 'png',
  crc64: 3_981_764_481_253_290_001n,
  contentMd5: 'XUFAKrxLKna5cZ2REBfFkg==',
  vpcId: '7',
  clientIp: '203.0.113.9',
  reqId: '5B9CDDCC9D2B0CA88AE2BEA1',
  operation: 'PutObject',
};
const TICKET = 'sample-ticket';

/** Unset where the object is no picture, was uploaded in parts, and not from a VPC. */
const MAY_BE_UNSET: ReadonlySet<string> = new Set([
  'imageInfo.height',
  'imageInfo.width',
  'imageInfo.format',
  'contentMd5',
  'vpcId',
]);

/**
 * Why no callback would be understood: writes the body of an upload as OSS does, and reads it as one that arrives.
 * @param variableNames custom variables of the upload, with their `x:`
 * @returns nothing where the body says what it should
 */
export function findBodyProblem(
  callback: Pick<ResolvedCallback, 'bodyType' | 'template' | 'names'>,
  variableNames: readonly string[],
): string | undefined {
  const template = callbackBodyTemplate(callback, variableNames, TICKET);
  const custom = [...variableNames, ...templateVariables(template)].filter((name) =>
    name.startsWith(CUSTOM_VARIABLE_PREFIX),
  );
  const values = new Map<string, CallbackValue>([
    ...Object.entries(SAMPLE),
    ...custom.map((name) => [name, `sample of ${name}`] as const),
  ]);
  const fewer = new Map([...values].filter(([name]) => !MAY_BE_UNSET.has(name)));
  for (const sample of [values, fewer]) {
    const body = renderCallbackBody(template, callback.bodyType, sample);
    const problem = findReadProblem(body, sample, callback.names, variableNames);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function findReadProblem(
  body: string,
  sample: ReadonlyMap<string, CallbackValue>,
  names: ResolvedCallback['names'],
  variableNames: readonly string[],
): string | undefined {
  const parsed = parseCallbackBody(Buffer.from(body));
  const read = parsed.ok ? readCallbackVariables(parsed.values, names) : parsed;
  if (!read.ok) return read.problem;
  const isSample = (name: string, value: string | number | undefined) =>
    value === undefined ? !sample.has(name) : String(value) === String(sample.get(name));
  for (const name of SYSTEM_VARIABLE_NAMES) {
    const value = read.system[SYSTEM_VARIABLE_PROPERTIES[name]];
    const isNeeded = name === 'bucket' || name === 'object';
    if ((isNeeded || value !== undefined) && !isSample(name, value)) {
      return `its ${name} is not \${${name}}`;
    }
  }
  const other = variableNames.find((name) => !isSample(name, read.variables[toPropertyName(name)]));
  if (other !== undefined) return `its ${other} is not \${${other}}`;
  return read.ticket === TICKET ? undefined : 'it does not contain the ticket';
}
