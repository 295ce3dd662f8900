import {
  CUSTOM_VARIABLE_PREFIX,
  type SystemVariableName,
} from '../protocol/callback/system-variables.js';
import type { SystemVariablesDto } from './system-variables.dto.js';

/** The name of the constant in the body template that holds the ticket. */
export const TICKET_NAME = `${CUSTOM_VARIABLE_PREFIX}ticket`;

/** Where each system variable goes in the DTO. */
export const SYSTEM_VARIABLE_PROPERTIES: Readonly<
  Record<SystemVariableName, keyof SystemVariablesDto>
> = {
  bucket: 'bucket',
  object: 'object',
  etag: 'etag',
  size: 'size',
  mimeType: 'mimeType',
  'imageInfo.height': 'imageHeight',
  'imageInfo.width': 'imageWidth',
  'imageInfo.format': 'imageFormat',
  crc64: 'crc64',
  contentMd5: 'contentMd5',
  vpcId: 'vpcId',
  clientIp: 'clientIp',
  reqId: 'requestId',
  operation: 'operation',
};

/**
 * Names that the vendor's samples give to system variables in their body templates. They count only where the
 * body does not use the variable's own name.
 */
export const SYSTEM_VARIABLE_ALIASES: ReadonlyMap<string, SystemVariableName> = new Map([
  ['filename', 'object'],
  ['height', 'imageInfo.height'],
  ['width', 'imageInfo.width'],
  ['format', 'imageInfo.format'],
]);

const PROPERTY = /^[a-z][a-zA-Z0-9]*$/;
const TRAVELLING = /^[a-z][a-z0-9]*(_[a-z][a-z0-9]*)*$/;

/** `userId` -> `x:user_id`; `undefined` if the property's name would not survive the round trip. */
export function toVariableName(property: string): string | undefined {
  if (!PROPERTY.test(property)) return undefined;
  const name = property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return TRAVELLING.test(name) ? `${CUSTOM_VARIABLE_PREFIX}${name}` : undefined;
}

/** `x:user_id` -> `userId`; names of another form only lose their `x:`. */
export function toPropertyName(variableName: string): string {
  const name = variableName.startsWith(CUSTOM_VARIABLE_PREFIX)
    ? variableName.slice(CUSTOM_VARIABLE_PREFIX.length)
    : variableName;
  return TRAVELLING.test(name)
    ? name.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase())
    : name;
}
