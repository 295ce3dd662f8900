import {
  createHash,
  createHmac,
  createSecretKey,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto';
import type { ResolvedOssCallbackOptions } from '../options/resolved.js';
import type { CustomVariableTexts } from '../variables/custom-variables.js';
import type { UploadTerms } from '../variables/upload-terms.js';
import { type CallbackArrival, digestArrival, isExpected } from './callback-arrival.js';
import { lengthPrefixedPieces } from './length-prefix.js';
import { decodeTicket, encodeTicket, KEY_ID_BYTES } from './ticket-encoding.js';

/** A ticket is at most this long, as text. */
export const MAX_TICKET_LENGTH = 512;
const MAC_BYTES = 32;
const DOMAIN = 'nestjs-oss-callback/ticket/v1';
const KEY_ID_DOMAIN = 'nestjs-oss-callback/ticket-key-id/v1';

/** Tickets of another audience are invalid. */
export function audienceOf({
  publicUrl,
  environment,
}: Pick<ResolvedOssCallbackOptions, 'publicUrl' | 'environment'>): string[] {
  return [publicUrl, environment];
}

/** What the MAC of a ticket covers besides its content: other parts of the callback. */
export interface TicketBinding {
  /** OSS's name of the bucket. */
  bucket: string;
  object: string;
  variables: CustomVariableTexts;
}

export type OpenedTicket =
  | { ok: true; terms: UploadTerms }
  | { ok: false; reason: 'malformed' | 'unknown-secret' | 'not-ours' }
  | { ok: false; reason: 'elsewhere' | 'expired'; terms: UploadTerms };

/**
 * The app's own proof that it authorised an upload. A ticket is opened without a database: it carries the terms,
 * digests of the places where its callback may arrive, and a MAC over both, the bucket, the object, the custom
 * variables and the audience.
 */
export class UploadTickets {
  private readonly secrets: readonly { keyId: Buffer; secret: KeyObject }[];
  /** Prefix of all MAC inputs. */
  private readonly macStart: Buffer;

  /**
   * @param secrets the first signs, all of them verify
   * @param audience the app's public URL and environment: a ticket of another app or environment does not open
   */
  constructor(secrets: readonly string[], audience: readonly string[]) {
    const start = [DOMAIN, String(audience.length), ...audience];
    this.macStart = lengthPrefixedPieces(start);
    this.secrets = secrets.map((secret) => ({
      keyId: createHash('sha256')
        .update(`${KEY_ID_DOMAIN}\n${secret}`)
        .digest()
        .subarray(0, KEY_ID_BYTES),
      secret: createSecretKey(secret, 'utf8'),
    }));
  }

  /**
   * @param arrivals one for each callback URL
   * @returns a text of letters, digits, `-` and `_`; nothing if it would be longer than {@link MAX_TICKET_LENGTH}
   */
  issue(
    terms: UploadTerms,
    binding: TicketBinding,
    arrivals: readonly CallbackArrival[],
  ): string | undefined {
    const texts = [terms.owner ?? '', ...terms.contentTypes];
    if (texts.some((text) => text.length > MAX_TICKET_LENGTH)) return undefined;
    const { keyId, secret } = this.secrets[0]!;
    const encoded = encodeTicket({ keyId, terms, arrivals: arrivals.map(digestArrival) });
    const ticket = Buffer.concat([encoded, this.mac(secret, encoded, binding)]).toString(
      'base64url',
    );
    return ticket.length <= MAX_TICKET_LENGTH ? ticket : undefined;
  }

  open(ticket: string, binding: TicketBinding, arrival: CallbackArrival, now: Date): OpenedTicket {
    const bytes = Buffer.from(ticket.slice(0, MAX_TICKET_LENGTH + 1), 'base64url');
    if (ticket.length > MAX_TICKET_LENGTH || bytes.toString('base64url') !== ticket) {
      return { ok: false, reason: 'malformed' };
    }
    const encoded = bytes.subarray(0, Math.max(0, bytes.byteLength - MAC_BYTES));
    const decoded = decodeTicket(encoded);
    if (!decoded) return { ok: false, reason: 'malformed' };
    const known = this.secrets.find(({ keyId }) => keyId.equals(decoded.keyId));
    if (!known) return { ok: false, reason: 'unknown-secret' };
    const mac = bytes.subarray(encoded.byteLength);
    if (!timingSafeEqual(mac, this.mac(known.secret, encoded, binding))) {
      return { ok: false, reason: 'not-ours' };
    }
    const { terms } = decoded;
    if (!isExpected(arrival, decoded.arrivals)) return { ok: false, reason: 'elsewhere', terms };
    return terms.acceptUntil < now ? { ok: false, reason: 'expired', terms } : { ok: true, terms };
  }

  private mac(secret: KeyObject, encoded: Buffer, binding: TicketBinding): Buffer {
    const { bucket, object, variables } = binding;
    const pieces: (string | Uint8Array)[] = [encoded, bucket, object];
    for (const name of Object.keys(variables).toSorted()) pieces.push(name, variables[name]!);
    return createHmac('sha256', secret)
      .update(lengthPrefixedPieces(pieces, this.macStart))
      .digest();
  }
}
