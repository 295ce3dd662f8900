import { createHash, type KeyObject } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { OssCallbackError } from '../../common/errors.js';
import { logText, quoted, quotedUrl, unquoted } from '../../common/log-text.js';
import type { ResolvedOssCallbackOptions } from '../../options/resolved.js';
import {
  type ParsedCallbackBody,
  parseCallbackBody,
} from '../../protocol/callback/callback-body.js';
import {
  callbackStringsToSign,
  verifyCallbackSignature,
} from '../../protocol/callback/callback-signature.js';
import {
  OSS_CALLBACK_PUBLIC_KEYS,
  PUBLISHED_CALLBACK,
} from '../../protocol/callback/public-key-url.js';
import type { CallbackArrival } from '../../ticket/callback-arrival.js';
import type { UploadTickets } from '../../ticket/upload-tickets.js';
import {
  type CallbackBodyRead,
  readCallbackVariables,
} from '../../variables/read-callback-body.js';
import type { SystemVariablesDto } from '../../variables/system-variables.dto.js';
import type { UploadTerms } from '../../variables/upload-terms.js';
import type { CapturedCallback, Verdict } from '../callback-stages.js';
import type { PublicKey } from '../keys/public-key.js';
import { toPlainBody } from './plain-body.js';
import { toPublicPath } from '../../routes/public-path.js';
import { readSignatureHeaders, type SignatureHeaders } from './request-checks.js';
import { SignatureExplainer } from '../diagnosis/signature-explainer.js';

type Variables = CallbackBodyRead & { ok: true };
type OpenedTicket = ReturnType<UploadTickets['open']>;

/** The steps that an app's own guard may override. */
export interface VerificationSteps {
  /** @throws OssCallbackError if they are missing */
  readHeaders: (request: IncomingMessage) => SignatureHeaders;
  /**
   * @param isSignedBy whether this key made the signature
   * @returns the key and whether it signed; the newest key if none did
   */
  findSigner: (
    publicKeyUrl: string,
    isSignedBy: (publicKey: PublicKey) => boolean,
  ) => Promise<PublicKey & { signed: boolean }>;
}

/** Verifies that a callback comes from OSS and belongs to this app. {@link verify} shows the order of the checks. */
export class CallbackVerifier {
  private readonly bucketNames: ReadonlySet<string>;
  private readonly explainer: SignatureExplainer;

  constructor(
    private readonly options: ResolvedOssCallbackOptions,
    private readonly tickets: UploadTickets,
  ) {
    this.bucketNames = new Set([...options.buckets.values()].map(({ bucket }) => bucket));
    this.explainer = new SignatureExplainer(options);
  }

  /**
   * @param route name of the `@OssCallback` route at which it arrived; empty for a route with the guard alone
   * @returns the verdict; if it is not genuine, with the error of the first check that failed
   */
  async verify(
    callback: CapturedCallback,
    route: string,
    steps: VerificationSteps,
  ): Promise<Verdict> {
    const { request, body, receivedAt } = callback;
    let isSigned = false;
    let uploadId: string | undefined;
    try {
      const { authorization, publicKeyUrl } = readSignatureHeaders(request, steps.readHeaders);
      const url = toPublicPath(this.options, callback.url);
      const { key, fingerprint, signed } = await steps.findSigner(publicKeyUrl, (known) =>
        verifyCallbackSignature({ url, body, authorization, publicKey: known.key }),
      );
      if (!signed) throw this.notSigned(callback, url, authorization, key);
      isSigned = true;
      const parsed = parseCallbackBody(body);
      const read = this.readVariables(parsed);
      this.checkBucket(read.system);
      const opened = this.openTicket(read, { path: url, route }, receivedAt);
      uploadId = opened && 'terms' in opened ? opened.terms.uploadId : undefined;
      const terms = opened && termsOf(opened);
      return {
        isGenuine: true,
        isSigned,
        uploadId,
        plainBody: parsed.ok ? toPlainBody(parsed, body) : {},
        callback: {
          identity: identityOf(terms, read, url, body),
          url,
          system: read.system,
          // With a ticket, only the variables that it covers count: any customer of OSS could have others signed.
          variables: terms ? read.variables : { ...read.others, ...read.variables },
          terms,
          publicKeyFingerprint: fingerprint,
          receivedAt,
        },
      };
    } catch (error) {
      if (!(error instanceof OssCallbackError)) throw error;
      return { isGenuine: false, isSigned, uploadId, error };
    }
  }

  /** @param checked path with query as OSS should have signed it */
  private notSigned(
    { request: { headers }, url: received, body }: CapturedCallback,
    checked: string,
    authorization: string,
    publicKey: KeyObject,
  ): OssCallbackError {
    if (callbackStringsToSign({ url: checked, body }).length === 0) {
      return new OssCallbackError('MALFORMED_REQUEST', 'OSS cannot sign this path.', {
        hint: logText`${quotedUrl(checked)} cannot be decoded, or decodes to a control character, "?" or "#"`,
      });
    }
    return new OssCallbackError('SIGNATURE_INVALID', 'The signature is not valid.', {
      hint: this.explainer.explain({ received, checked, body, headers, authorization, publicKey }),
    });
  }

  private readVariables(parsed: ParsedCallbackBody): Variables {
    const { names } = this.options.callback;
    const read = parsed.ok ? readCallbackVariables(parsed.values, names) : parsed;
    if (read.ok) return read;
    throw new OssCallbackError('MALFORMED_BODY', 'The body of the callback cannot be read.', {
      hint: logText`OSS signed it, but ${unquoted(read.problem)}; the body comes from the template in the upload's callbackBody`,
    });
  }

  /** A body that names no bucket means the app's only one; the ticket is then checked against that. */
  private checkBucket(system: SystemVariablesDto): void {
    if (system.bucket === '' && this.bucketNames.size === 1)
      [system.bucket = ''] = this.bucketNames;
    const { bucket } = system;
    if (this.bucketNames.has(bucket)) return;
    if (bucket === '') throw unnamed('bucket');
    throw new OssCallbackError('BUCKET_UNKNOWN', 'The bucket is not one of this app.', {
      hint: logText`the body names ${quoted(bucket)}, the option "buckets" ${unquoted([...this.bucketNames].join(', '))}`,
    });
  }

  /** @returns undefined for an upload without a ticket, if those are accepted */
  private openTicket(
    { ticket, system, variables }: Variables,
    arrival: CallbackArrival,
    receivedAt: Date,
  ): OpenedTicket | undefined {
    if (ticket !== undefined) {
      const { bucket, object } = system;
      return this.tickets.open(ticket, { bucket, object, variables }, arrival, receivedAt);
    }
    if (!this.options.tickets.required) return undefined;
    throw new OssCallbackError('TICKET_MISSING', 'The upload carries no ticket.', {
      hint: logText`uploads authorised by OssUploadService carry one; "tickets.required: false" accepts uploads without one`,
    });
  }
}

function termsOf(opened: OpenedTicket): UploadTerms {
  if (opened.ok) return opened.terms;
  if (opened.reason === 'expired') {
    throw new OssCallbackError('TICKET_EXPIRED', 'The ticket has expired.', {
      hint: logText`upload ${unquoted(opened.terms.uploadId)} could be reported until ${unquoted(opened.terms.acceptUntil.toISOString())}`,
    });
  }
  throw new OssCallbackError('TICKET_INVALID', 'The ticket is not valid.', {
    hint: {
      malformed: logText`it does not have the form of a ticket`,
      'unknown-secret': logText`none of "tickets.secrets" signed it`,
      'not-ours': logText`bucket, object, variables, "publicUrl" or "environment" differ from those it was issued for, or it was altered`,
      elsewhere: logText`its callback belongs to another URL or route; path and query must arrive as they were given to OSS, and if a proxy changes the path, "publicPath" must map it back to exactly that`,
    }[opened.reason],
  });
}

/**
 * Verifies the signature that the vendor published, once, when the app starts.
 * @throws OssCallbackError `INVALID_OPTIONS` if this Node.js cannot verify what OSS signs
 */
export function testSignatureVerification(): void {
  const { url, body, authorization } = PUBLISHED_CALLBACK;
  const [publicKey = ''] = Object.values(OSS_CALLBACK_PUBLIC_KEYS);
  if (verifyCallbackSignature({ url, body: Buffer.from(body), authorization, publicKey })) return;
  throw new OssCallbackError(
    'INVALID_OPTIONS',
    'OssCallbackModule: this Node.js cannot verify the signatures of OSS, which are RSA with MD5 and a 512-bit key. OpenSSL in FIPS mode switches MD5 off.',
  );
}

/** The error for a signed body whose template leaves out a required variable. */
export function unnamed(name: 'bucket' | 'object'): OssCallbackError {
  return new OssCallbackError('MALFORMED_BODY', `The body of the callback names no ${name}.`, {
    hint: logText`OSS signed it; the template of the upload's callbackBody needs ${unquoted(name)}=\${${unquoted(name)}}`,
  });
}

/** No unsigned header takes part, since a replayed request could change it. */
function identityOf(
  terms: UploadTerms | undefined,
  { system }: Variables,
  url: string,
  body: Buffer,
): string {
  if (terms) return `ticket:${terms.uploadId}`;
  if (system.requestId !== undefined) return `req:${system.requestId}`;
  return `sha256:${createHash('sha256').update(`${url}\n`).update(body).digest('hex')}`;
}
