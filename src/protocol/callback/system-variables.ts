/**
 * The system variables that a callback body template may name, as `${name}`; names are case-sensitive.
 * @see https://help.aliyun.com/zh/oss/developer-reference/callback
 */
export const SYSTEM_VARIABLE_NAMES = [
  'bucket',
  'object',
  'etag',
  'size',
  'mimeType',
  'imageInfo.height',
  'imageInfo.width',
  'imageInfo.format',
  'crc64',
  'contentMd5',
  'vpcId',
  'clientIp',
  'reqId',
  'operation',
] as const;

export type SystemVariableName = (typeof SYSTEM_VARIABLE_NAMES)[number];

/** The variables that OSS renders as bare digits in a JSON body; only these may be quoted there. */
export const NUMERIC_SYSTEM_VARIABLES: ReadonlySet<SystemVariableName> = new Set([
  'size',
  'crc64',
  'imageInfo.height',
  'imageInfo.width',
]);

const names: ReadonlySet<string> = new Set(SYSTEM_VARIABLE_NAMES);

export function isSystemVariableName(name: string): name is SystemVariableName {
  return names.has(name);
}

/** The names of custom variables begin with this, in the callback parameter and in form fields. */
export const CUSTOM_VARIABLE_PREFIX = 'x:';
