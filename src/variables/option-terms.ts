import { createHash } from 'node:crypto';
import { quoted } from '../common/log-text.js';
import {
  isArchiveClass,
  type ObjectOptions,
  SHOWN_OPTIONS,
  type ShownOption,
  type ShownTexts,
  textsOfOptions,
} from '../protocol/object-options.js';

/** The object options that an upload has to have, as digests: a ticket has no room for their texts. */
export interface OptionTerms {
  /** Digests of what HeadObject shows for the authorised options, in base64url. */
  digests: Readonly<Partial<Record<ShownOption, string>>>;
  /** Whether the uploader may choose the metadata. */
  anyMetadata: boolean;
}

/** What a bucket shows of an object's options. */
export interface FoundOptions {
  texts: ShownTexts;
  /** Options that are not shown as they are stored. */
  hidden: readonly ShownOption[];
}

export const OPTION_DIGEST_BYTES = 12;
const DOMAIN = 'nestjs-oss-callback/object-option/v1';
const OPTIONS = Object.keys(SHOWN_OPTIONS) as ShownOption[];
/** If an upload names none, those of the bucket apply, which the app does not know. */
const BUCKET_DEFAULTS: readonly ShownOption[] = [
  'storageClass',
  'serverSideEncryption',
  'serverSideEncryptionKeyId',
];

/** Browsers add it to a PUT while their cache is disabled, as in developer tools, and OSS stores it. */
const SENT_BY_BROWSERS = 'no-cache';

export function toOptionTerms(options: ObjectOptions): OptionTerms {
  const digests = Object.entries(textsOfOptions(options)).map(([option, text]) => [
    option,
    digestOf(option as ShownOption, text),
  ]);
  return {
    digests: Object.fromEntries(digests) as OptionTerms['digests'],
    anyMetadata: options.metadata === 'any',
  };
}

/** How an object's options differ from the authorised ones; `undefined` if they do not. */
export function findForeignOption(terms: OptionTerms, found: FoundOptions): string | undefined {
  for (const option of OPTIONS) {
    if (found.hidden.includes(option) || (option === 'metadata' && terms.anyMetadata)) continue;
    const digest = terms.digests[option];
    const text = found.texts[option];
    if (digest === undefined && BUCKET_DEFAULTS.includes(option)) continue;
    if (digest === undefined && option === 'cacheControl' && text === SENT_BY_BROWSERS) continue;
    if (digest === (text === undefined ? undefined : digestOf(option, text))) continue;
    const shown = text === undefined ? 'missing' : quoted(text).text;
    return `the object's ${SHOWN_OPTIONS[option]} is ${shown}; the authorisation specified ${digest === undefined ? 'none' : 'another'}`;
  }
  return undefined;
}

/** The archive class of an object whose upload named none: only the bucket's own class may be an archive class. */
export function archiveClassToExplain(
  terms: OptionTerms,
  { texts: { storageClass } }: FoundOptions,
): string | undefined {
  const isGiven = terms.digests.storageClass !== undefined;
  return isGiven || storageClass === undefined || !isArchiveClass(storageClass)
    ? undefined
    : storageClass;
}

function digestOf(option: ShownOption, text: string): string {
  return createHash('sha256')
    .update(JSON.stringify([DOMAIN, option, text]))
    .digest()
    .subarray(0, OPTION_DIGEST_BYTES)
    .toString('base64url');
}
