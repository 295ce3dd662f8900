import type { CustomVariableTexts } from './custom-variables.js';
import type { SystemVariablesDto } from './system-variables.dto.js';
import type { UploadTerms } from './upload-terms.js';

/** A callback with a valid signature and, if it has one, a valid ticket. Its statements on the object are claims. */
export interface VerifiedCallback {
  /** `ticket:<id>`, `req:<reqId>` or `sha256:<digest>`: the same for each delivery of one upload. */
  identity: string;
  /** Path with query that OSS signed. */
  url: string;
  system: SystemVariablesDto;
  variables: CustomVariableTexts;
  /** What the app authorised; absent if tickets are not required and the callback has none. */
  terms?: UploadTerms;
  /** SHA-256 of the public key that verified the signature, hex. */
  publicKeyFingerprint: string;
  receivedAt: Date;
}
