/** How OSS answers with an error of some code. */
export interface OssErrorInfo {
  status: number;
  message: string;
  /** OSS's error code number, if one is published. OSS does not guarantee these numbers. */
  ec?: string;
}

/**
 * The error codes of the operations that this package uses.
 * @see https://help.aliyun.com/en/oss/user-guide/overview-14
 */
const ERRORS = {
  AccessDenied: { status: 403, message: 'Access denied.' },
  AccessForbidden: {
    status: 403,
    message:
      'CORSResponse: This CORS request is not allowed. This is usually because the evaluation of Origin, request method / Access-Control-Request-Method or Access-Control-Requet-Headers are not whitelisted by the resource CORS spec.', // OSS's own spelling
  },
  BadRequest: { status: 400, message: 'Bad request.' },
  BucketAlreadyExists: {
    status: 409,
    message:
      'The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.',
    ec: '0015-00000104',
  },
  BucketCallbackPolicyNotExist: {
    status: 404,
    message: 'The bucket callback policy does not exist.',
  },
  BucketNotEmpty: {
    status: 409,
    message: 'The bucket has objects. Please delete them first.',
    ec: '0015-00000301',
  },
  CallbackFailed: { status: 203, message: 'Error status : -1.' },
  EntityTooLarge: {
    status: 400,
    message: 'Your proposed upload exceeds the maximum allowed size.',
  },
  EntityTooSmall: {
    status: 400,
    message: 'Your proposed upload smaller than the minimum allowed size.',
  },
  FieldItemTooLong: { status: 400, message: 'Your form field is too long.' },
  FileAlreadyExists: {
    status: 409,
    message: 'The object you specified already exists and can not be overwritten.',
  },
  IncorrectNumberOfFilesInPOSTRequest: {
    status: 400,
    message: 'Bucket POST requires exactly one file upload per request.',
  },
  InternalError: {
    status: 500,
    message: 'We encountered an internal error. Please try again.',
  },
  InvalidAccessKeyId: {
    status: 403,
    message: 'The OSS Access Key Id you provided does not exist in our records.',
    ec: '0002-00000902',
  },
  InvalidArgument: { status: 400, message: 'Invalid argument.' },
  InvalidBucketName: { status: 400, message: 'The specified bucket is not valid.' },
  InvalidDigest: { status: 400, message: 'The Content-MD5 you specified was invalid.' },
  InvalidEncryptionRequest: {
    status: 400,
    message: 'The Encryption request you specified is not valid.',
  },
  InvalidLocationConstraint: {
    status: 400,
    message: 'The specified location-constraint is not valid.',
  },
  InvalidEncryptionAlgorithmError: {
    status: 400,
    message: 'The Encryption request you specified is not valid. Supported value: AES256/KMS/SM4.',
  },
  InvalidObjectName: { status: 400, message: 'The specified object is not valid.' },
  InvalidPart: {
    status: 400,
    message:
      "One or more of the specified parts could not be found or the specified entity tag might not have matched the part's entity tag.",
  },
  InvalidPartOrder: {
    status: 400,
    message:
      'The list of parts was not in ascending order. Parts list must be ordered by part number.',
  },
  InvalidPolicyDocument: { status: 400, message: 'Invalid Policy.' },
  InvalidRange: { status: 416, message: 'The requested range cannot be satisfied.' },
  InvalidSecurityToken: {
    status: 403,
    message: 'The security token you provided is invalid.',
  },
  InvalidTag: {
    status: 400,
    message: 'The tag you provided is invalid.',
    ec: '0010-00000217',
  },
  InvalidTargetType: {
    status: 400,
    message: 'The symbolic link object target type is invalid.',
  },
  MalformedPOSTRequest: {
    status: 400,
    message: 'The body of your POST request is not well-formed multipart/form-data.',
  },
  MalformedXML: {
    status: 400,
    message:
      'The XML you provided was not well-formed or did not validate against our published schema.',
    ec: '0031-00000001',
  },
  MethodNotAllowed: {
    status: 405,
    message: 'The specified method is not allowed against this resource.',
  },
  MissingArgument: { status: 400, message: 'Missing Some Required Arguments.' },
  MissingContentLength: {
    status: 411,
    message: 'You must provide the Content-Length HTTP header.',
  },
  NoSuchBucket: {
    status: 404,
    message: 'The specified bucket does not exist.',
    ec: '0015-00000101',
  },
  NoSuchCORSConfiguration: {
    status: 404,
    message: 'The CORS Configuration does not exist.',
  },
  NoSuchKey: { status: 404, message: 'The specified key does not exist.', ec: '0026-00000001' },
  NoSuchUpload: {
    status: 404,
    message:
      'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    ec: '0042-00000002',
  },
  NoSuchVersion: {
    status: 404,
    message: 'The specified version does not exist.',
    ec: '0012-00000203',
  },
  NotImplemented: {
    status: 400,
    message: 'A header or query you provided requested a function that is not implemented.',
  },
  NotSymlink: { status: 400, message: 'The object is not a symlink.', ec: '0043-00000101' },
  ObjectNotAppendable: {
    status: 409,
    message: 'The object is not appendable',
    ec: '0026-00000017',
  },
  PartAlreadyExist: {
    status: 409,
    message: "For sequential multipart upload, you can't overwrite uploaded parts.",
  },
  PartNotSequential: {
    status: 400,
    message:
      'For sequential multipart upload, you must upload or complete parts with sequential part number.',
  },
  PositionNotEqualToLength: {
    status: 409,
    message: 'Position is not equal to file length',
    ec: '0026-00000016',
  },
  PreconditionFailed: {
    status: 412,
    message: 'At least one of the pre-conditions you specified did not hold.',
    ec: '0017-00001001',
  },
  RequestIsNotMultiPartContent: {
    status: 400,
    message: 'Bucket POST must be of the enclosure-type multipart/form-data.',
  },
  RequestTimeTooSkewed: {
    status: 403,
    message: 'The difference between the request time and the current time is too large.',
    ec: '0002-00000504',
  },
  SecurityTokenExpired: { status: 403, message: 'The security token you provided has expired.' },
  ServiceUnavailable: { status: 503, message: 'Please reduce your request rate.' },
  SignatureDoesNotMatch: {
    status: 403,
    message:
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  },
  SymlinkTargetNotExist: {
    status: 404,
    message: 'The symlink target object does not exist',
    ec: '0026-00000012',
  },
} as const satisfies Record<string, OssErrorInfo>;

export type OssErrorCode = keyof typeof ERRORS;

/** Status, usual message and error code number of an error code. */
export function ossErrorInfo(code: OssErrorCode): OssErrorInfo {
  return ERRORS[code];
}

/** One error document of OSS. */
export interface OssErrorDocument {
  code: OssErrorCode;
  /** Default: the table's message. */
  message?: string;
  /** Default: the table's number, if the message is the table's. */
  ec?: string;
  /** 24 upper-case hex digits, also in the header `x-oss-request-id`. */
  requestId: string;
  /** The host that received the request. */
  hostId: string;
  /** Further elements, for example `BucketName`, `StringToSign`, `ArgumentName`. */
  details?: Readonly<Record<string, string>>;
}

/** The number of an error document, which is also sent as the header `x-oss-ec`. */
export function ossErrorEc(
  error: Pick<OssErrorDocument, 'code' | 'message' | 'ec'>,
): string | undefined {
  const info = ossErrorInfo(error.code);
  return error.ec ?? (error.message === undefined ? info.ec : undefined);
}

/**
 * Writes an error document, the body of every refusal and of the 203 after a failed callback (`CallbackFailed`).
 * @see https://help.aliyun.com/en/oss/user-guide/overview-14
 */
export function renderOssError(error: OssErrorDocument): string {
  const ec = ossErrorEc(error);
  const elements: [string, string][] = [
    ['Code', error.code],
    ['Message', error.message ?? ossErrorInfo(error.code).message],
    ['RequestId', error.requestId],
    ['HostId', error.hostId],
    ...Object.entries(error.details ?? {}),
  ];
  if (ec) {
    elements.push(['EC', ec], ['RecommendDoc', `https://api.aliyun.com/troubleshoot?q=${ec}`]);
  }
  const lines = elements.map(([name, text]) => `  <${name}>${escapeXml(text)}</${name}>`);
  return ['<?xml version="1.0" encoding="UTF-8"?>', '<Error>', ...lines, '</Error>', ''].join('\n');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Escapes markup; characters that XML cannot represent stay. */
export function escapeMarkup(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
}

/** Escapes text for XML; characters that XML cannot represent become U+FFFD. */
export function escapeXml(text: string): string {
  return escapeMarkup(text).replace(
    /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu,
    '\uFFFD',
  );
}
