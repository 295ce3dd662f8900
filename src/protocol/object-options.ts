import { writeTagging } from './object-tags.js';

/** Storage classes of objects. */
export const STORAGE_CLASSES = [
  'Standard',
  'IA',
  'Archive',
  'ColdArchive',
  'DeepColdArchive',
] as const;
/**
 * Storage class of an object.
 * @see https://help.aliyun.com/en/oss/user-guide/overview-53
 * @useDeclaredType
 * @category Uploads
 */
export type StorageClass = (typeof STORAGE_CLASSES)[number];

/** Objects of the other classes have to be restored before they can be read. */
const READABLE_CLASSES: readonly string[] = ['Standard', 'IA'] satisfies StorageClass[];

export function isArchiveClass(storageClass: string): boolean {
  return !READABLE_CLASSES.includes(storageClass);
}

/** See {@link ServerSideEncryption}. */
export const SERVER_SIDE_ENCRYPTIONS = ['AES256', 'KMS', 'SM4'] as const;
/**
 * How OSS encrypts an object: with keys of OSS (`AES256`), with keys of KMS (`KMS`), or with SM4.
 * @see https://help.aliyun.com/en/oss/user-guide/server-side-encryption-8
 * @useDeclaredType
 * @category Uploads
 */
export type ServerSideEncryption = (typeof SERVER_SIDE_ENCRYPTIONS)[number];

/**
 * How an object is stored and served, besides its type. Where OSS can enforce an option, the uploader has to send it as
 * given. If the object in the bucket then has another value, or an option that was not authorised, the upload is
 * `rejected`.
 * @category Uploads
 */
export interface ObjectOptions {
  /** `Cache-Control` of downloads. At most 1,024 ASCII characters. Default: none. */
  cacheControl?: string;
  /**
   * `Content-Disposition` of downloads, such as `attachment; filename="a.pdf"`. At most 1,024 ASCII characters; other
   * characters of a name go into `filename*=UTF-8''%E6%96%87.pdf`. Default: none.
   */
  contentDisposition?: string;
  /** `Content-Encoding` in which the object is uploaded, such as `gzip`. At most 1,024 ASCII characters. Default: none. */
  contentEncoding?: string;
  /**
   * Storage class of the object. Default: the bucket's own; `Standard` and `IA` are then accepted, and an archive class
   * if it is the bucket's default (permission `oss:GetBucketInfo`).
   */
  storageClass?: StorageClass;
  /** How OSS encrypts the object: `AES256`, `KMS` or `SM4`. Default: as the bucket is configured. */
  serverSideEncryption?: ServerSideEncryption;
  /** The key in KMS, with `serverSideEncryption: 'KMS'`. At most 1,024 ASCII characters. Default: OSS's own. */
  serverSideEncryptionKeyId?: string;
  /**
   * Tags of the object, at most 10: keys of 1 to 128 characters, values of up to 256, of letters, digits, spaces and
   * `+ - = . _ : /`. The credentials that sign need `oss:PutObjectTagging`. Forms cannot set tags. Default: none.
   */
  tagging?: Record<string, string>;
  /**
   * Metadata of the object (`x-oss-meta-*`) besides the upload's id: names of letters, digits and hyphens, values of
   * ASCII characters, 8,000 bytes in total. With `'any'` the uploader decides. Default: none.
   */
  metadata?: Record<string, string> | 'any';
}

/** The headers of HeadObject by which options are compared: each has one text, or none if the object lacks it. */
export const SHOWN_OPTIONS = {
  cacheControl: 'Cache-Control',
  contentDisposition: 'Content-Disposition',
  contentEncoding: 'Content-Encoding',
  contentLanguage: 'Content-Language',
  expires: 'Expires',
  storageClass: 'x-oss-storage-class',
  serverSideEncryption: 'x-oss-server-side-encryption',
  serverSideEncryptionKeyId: 'x-oss-server-side-encryption-key-id',
  /** Tags themselves are not shown. */
  tagCount: 'x-oss-tagging-count',
  /** All of it, as JSON. */
  metadata: 'x-oss-meta-*',
} as const;

/** An option that HeadObject shows. */
export type ShownOption = keyof typeof SHOWN_OPTIONS;
/** What HeadObject shows of an object's options. */
export type ShownTexts = Partial<Record<ShownOption, string>>;

/** By lower-case name. */
type Headers = Readonly<Record<string, string | undefined>>;

/** Of the headers, or form fields, that are an object's metadata. */
export const METADATA_PREFIX = 'x-oss-meta-';

/**
 * The headers of PutObject and InitiateMultipartUpload, and the fields of a form, that set these options: both have
 * the same names.
 * @see https://help.aliyun.com/en/oss/developer-reference/putobject
 */
export function optionHeaders({
  tagging = {},
  metadata,
  ...texts
}: ObjectOptions): Record<string, string> {
  const tags = writeTagging(Object.entries(tagging));
  const headers = [
    ...Object.entries(texts).map(([option, text]) => [SHOWN_OPTIONS[option as ShownOption], text]),
    ['x-oss-tagging', tags || undefined],
    ...metadataPairs(metadata).map(([name, value]) => [METADATA_PREFIX + name, value]),
  ];
  return Object.fromEntries(
    headers.filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** What HeadObject shows for an object with these options. */
export function textsOfOptions({ tagging = {}, metadata, ...texts }: ObjectOptions): ShownTexts {
  const tagCount = Object.keys(tagging).length;
  return {
    ...texts,
    ...(tagCount === 0 ? {} : { tagCount: String(tagCount) }),
    ...metadataText(metadataPairs(metadata)),
  };
}

/**
 * Reads a response to HeadObject.
 * @param ownHeader metadata that is left out
 */
export function textsOfHeaders(headers: Headers, ownHeader: string): ShownTexts {
  const texts: ShownTexts = {};
  for (const [option, header] of Object.entries(SHOWN_OPTIONS)) {
    const text = headers[header.toLowerCase()];
    if (text !== undefined) texts[option as ShownOption] = text;
  }
  if (texts.tagCount === '0') delete texts.tagCount;
  const metadata = Object.entries(headers).flatMap(([name, value]) =>
    name.startsWith(METADATA_PREFIX) && name !== ownHeader && value !== undefined
      ? [[name.slice(METADATA_PREFIX.length), value] as const]
      : [],
  );
  return { ...texts, ...metadataText(metadata) };
}

/**
 * Options that a response does not show as they are stored: on its own domains OSS makes browsers download some types.
 * @see https://help.aliyun.com/en/oss/user-guide/0048-00000101
 */
export function hiddenOptions(headers: Headers): ShownOption[] {
  return headers['x-oss-force-download'] === undefined ? [] : ['contentDisposition'];
}

function metadataPairs(metadata: ObjectOptions['metadata'] = {}): [string, string][] {
  return metadata === 'any' ? [] : Object.entries(metadata);
}

function metadataText(pairs: readonly (readonly [string, string])[]): ShownTexts {
  if (pairs.length === 0) return {};
  const sorted = pairs.toSorted(([one], [other]) => (one < other ? -1 : 1));
  return { metadata: JSON.stringify(sorted) };
}
