import type { OssRequest } from '../server/oss-request.js';
import type { Reply } from '../server/reply.js';
import { type XmlContent, xmlReply } from '../server/xml.js';

/** The elements of a response of STS. */
export interface StsContent {
  readonly [name: string]: string | StsContent;
}

/** An error of STS, which has its own error codes. */
export class StsFailure extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** @param format of the request: `XML`, or JSON */
export function stsReply(content: StsContent, format: string | undefined): Reply {
  return reply('AssumeRoleResponse', 200, content, format);
}

export function stsFailureReply(
  { status, code, message }: StsFailure,
  request: OssRequest,
  format: string | undefined,
): Reply {
  const content = {
    RequestId: request.id,
    HostId: request.headers.host ?? '',
    Code: code,
    Message: message,
  };
  return { ...reply('Error', status, content, format), code };
}

function reply(root: string, status: number, content: StsContent, format = 'JSON'): Reply {
  const isXml = format.toUpperCase() === 'XML';
  return {
    status,
    headers: { 'content-type': `${isXml ? 'text/xml' : 'application/json'};charset=utf-8` },
    body: isXml ? (xmlReply(root, elements(content)).body ?? '') : JSON.stringify(content),
  };
}

function elements(content: StsContent): XmlContent {
  return Object.entries(content).map(
    ([name, value]) => [name, typeof value === 'string' ? value : elements(value)] as const,
  );
}
