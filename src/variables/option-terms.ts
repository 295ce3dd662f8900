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

/** What the options of an upload's object have to be. A ticket has no room for their texts. */
export interface OptionTerms {
  /** Digests of what HeadObject shows of those that were authorised, in base64url. */
  digests: Readonly<Partial<Record<ShownOption, string>>>;
  /** Whether the uploader may store metadata of his own. */
  anyMetadata: boolean;
}

/** What a bucket shows of an object's options. */
export interface FoundOptions {
  texts: ShownTexts;
  /** Nothing is known of these. */
  hidden: readonly ShownOption[];
}

export const OPTION_DIGEST_BYTES = 12;
const DOMAIN = 'nestjs-oss-callback/object-option/v1';
const OPTIONS = Object.keys(SHOWN_OPTIONS) as ShownOption[];
/** Where an upload names none, the bucket's own apply, which the app does not know. */
const BUCKET_DEFAULTS: readonly ShownOption[] = [
  'storageClass',
  'serverSideEncryption',
  'serverSideEncryptionKeyId',
];

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

/** What of an object's options its upload was not given; `undefined` where it has what it was given. */
export function findForeignOption(terms: OptionTerms, found: FoundOptions): string | undefined {
  for (const option of OPTIONS) {
    if (found.hidden.includes(option) || (option === 'metadata' && terms.anyMetadata)) continue;
    const digest = terms.digests[option];
    const text = found.texts[option];
    if (digest === undefined && BUCKET_DEFAULTS.includes(option)) continue;
    if (digest === (text === undefined ? undefined : digestOf(option, text))) continue;
    const shown = text === undefined ? 'missing' : quoted(text).text;
    return `the object's ${SHOWN_OPTIONS[option]} is ${shown}; its upload was given ${digest === undefined ? 'none' : 'another'}`;
  }
  return undefined;
}

/** The class of an object that only counts where it is the bucket's own: no upload was given one, and it is archived. */
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
