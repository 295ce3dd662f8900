import { logText, type LogText, unquoted } from '../../common/log-text.js';
import { OssFailure } from '../server/oss-failure.js';
import { bytesOfText } from '../server/raw-text.js';
import type { ComputedSignature } from './signature-claim.js';
import type { SignatureGuess } from './signature-guess.js';

const MAX_COLUMN = 70;
/** The most lines of each string to sign in the log; genuine requests have fewer. */
const MAX_LINES = 100;

/**
 * The error of a signature that does not match, with the strings to sign in the document and side by side in the log.
 * @param guess what the client signed, if it was found out
 */
export function signatureFailure(
  claim: { accessKeyId: string; signature: string },
  computed: ComputedSignature,
  guess?: SignatureGuess,
): OssFailure {
  const details: Record<string, string> = {
    OSSAccessKeyId: claim.accessKeyId,
    SignatureProvided: claim.signature,
  };
  for (const [name, text] of Object.entries(computed.texts)) {
    details[name] = text;
    details[`${name}Bytes`] = bytesOfText(text)
      .toString('hex')
      .toUpperCase()
      .replace(/..\B/g, '$& ');
  }
  return new OssFailure('SignatureDoesNotMatch', { details, notes: sideBySide(computed, guess) });
}

/** Lines for the log with both strings to sign side by side. Lines that differ are marked. */
function sideBySide(computed: ComputedSignature, guess: SignatureGuess | undefined): LogText[] {
  const found = guess
    ? `signed by the client, ${guess.difference}`
    : 'signed by the client: unknown';
  const lines: LogText[] = [];
  for (const [name, text] of Object.entries(computed.texts)) {
    const left = text.split('\n');
    const right = guess?.texts[name]?.split('\n') ?? [];
    const lineCount = Math.min(Math.max(left.length, right.length), MAX_LINES);
    lines.push(row(' ', `${name} of what arrived`, found));
    for (let index = 0; index < lineCount; index += 1) {
      const [a = '', b = ''] = [left[index], right[index]];
      lines.push(
        row(guess && a !== b ? '!' : ' ', JSON.stringify(a), guess ? JSON.stringify(b) : ''),
      );
    }
  }
  if (!guess) {
    lines.push(
      logText`No common mistake of clients explains the signature: is the secret correct?`,
    );
  }
  return lines;
}

function row(mark: string, left: string, right: string): LogText {
  return logText`  ${unquoted(mark)} ${unquoted(left.padEnd(MAX_COLUMN))} | ${unquoted(right)}`;
}
