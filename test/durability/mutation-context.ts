import type { CallbackRequest } from '../../src/testing/index.js';
import type { Random } from './byte-changes.js';

/** What a mutation is made from. */
export interface MutationContext {
  random: Random;
  oss: { url: string };
  /** The callback of an upload that would be taken as it is. */
  callback: CallbackRequest;
  /** That of another upload. */
  other: CallbackRequest;
}
