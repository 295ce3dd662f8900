/** Storage classes of objects. @see https://help.aliyun.com/en/oss/user-guide/overview-53 */
export const STORAGE_CLASSES = [
  'Standard',
  'IA',
  'Archive',
  'ColdArchive',
  'DeepColdArchive',
] as const;
export type StorageClass = (typeof STORAGE_CLASSES)[number];

/** Objects of the other classes have to be restored before they can be read. */
const READABLE_CLASSES: readonly string[] = ['Standard', 'IA'] satisfies StorageClass[];

export function isArchiveClass(storageClass: string): boolean {
  return !READABLE_CLASSES.includes(storageClass);
}

/** @see https://help.aliyun.com/en/oss/user-guide/server-side-encryption-8 */
export const SERVER_SIDE_ENCRYPTIONS = ['AES256', 'KMS', 'SM4'] as const;
export type ServerSideEncryption = (typeof SERVER_SIDE_ENCRYPTIONS)[number];

/** How an object is stored and served, beside its type. Names and values of tags and metadata are not encoded. */
export interface ObjectOptions {
  cacheControl?: string;
  contentDisposition?: string;
  contentEncoding?: string;
  storageClass?: StorageClass;
  serverSideEncryption?: ServerSideEncryption;
  serverSideEncryptionKeyId?: string;
  tagging?: Readonly<Record<string, string>>;
  /** Names without `x-oss-meta-`, in lower case. */
  metadata?: Readonly<Record<string, string>>;
}

/** What an answer to HeadObject tells about options: each has one text, or none where the object lacks it. */
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

export type ShownOption = keyof typeof SHOWN_OPTIONS;
export type ShownTexts = Partial<Record<ShownOption, string>>;

/** By name in lower case. */
type Headers = Readonly<Record<string, string | undefined>>;

const METADATA_PREFIX = 'x-oss-meta-';

/**
 * The headers of PutObject and InitiateMultipartUpload, and the fields of a form, that set these options: both have
 * the same names.
 * @see https://help.aliyun.com/en/oss/developer-reference/putobject
 */
export function optionHeaders(options: ObjectOptions): Record<string, string> {
  const { tagging = {}, metadata = {} } = options;
  const tags = Object.entries(tagging).map((pair) => pair.map(encodeURIComponent).join('='));
  const headers: Record<string, string | undefined> = {
    'Cache-Control': options.cacheControl,
    'Content-Disposition': options.contentDisposition,
    'Content-Encoding': options.contentEncoding,
    'x-oss-storage-class': options.storageClass,
    'x-oss-server-side-encryption': options.serverSideEncryption,
    'x-oss-server-side-encryption-key-id': options.serverSideEncryptionKeyId,
    'x-oss-tagging': tags.length > 0 ? tags.join('&') : undefined,
    ...Object.fromEntries(
      Object.entries(metadata).map(([name, value]) => [METADATA_PREFIX + name, value]),
    ),
  };
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** What HeadObject shows of an object with these options. */
export function textsOfOptions({
  tagging = {},
  metadata = {},
  ...texts
}: ObjectOptions): ShownTexts {
  const tagCount = Object.keys(tagging).length;
  return {
    ...texts,
    ...(tagCount === 0 ? {} : { tagCount: String(tagCount) }),
    ...metadataText(Object.entries(metadata)),
  };
}

/**
 * What an answer to HeadObject shows.
 * @param ownHeader metadata that does not count
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
 * Options that an answer does not show as they are stored: on its own domains OSS has browsers download some types.
 * @see https://help.aliyun.com/en/oss/user-guide/0048-00000101
 */
export function hiddenOptions(headers: Headers): ShownOption[] {
  return headers['x-oss-force-download'] === undefined ? [] : ['contentDisposition'];
}

function metadataText(pairs: readonly (readonly [string, string])[]): ShownTexts {
  if (pairs.length === 0) return {};
  const sorted = pairs.toSorted(([one], [other]) => (one < other ? -1 : 1));
  return { metadata: JSON.stringify(sorted) };
}
