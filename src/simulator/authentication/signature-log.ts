import type { SignatureGuess } from './signature-guess.js';
import type { ComputedSignature } from './signature-claim.js';

const MAX_COLUMN = 70;

/** Both strings to sign side by side, as lines for the log. A line that differs is marked. */
export function signaturesSideBySide(
  computed: ComputedSignature,
  guess: SignatureGuess | undefined,
): string {
  const found = guess
    ? `signed by the client, ${guess.difference}`
    : 'signed by the client: unknown';
  const lines: string[] = [];
  for (const [name, text] of Object.entries(computed.texts)) {
    const left = text.split('\n');
    const right = guess?.texts[name]?.split('\n') ?? [];
    lines.push(row(' ', `${name} of what arrived`, found));
    for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
      const [a = '', b = ''] = [left[index], right[index]];
      lines.push(
        row(guess && a !== b ? '!' : ' ', JSON.stringify(a), guess ? JSON.stringify(b) : ''),
      );
    }
  }
  if (!guess) {
    lines.push(
      'Nothing that clients commonly get wrong fits the signature: is the secret the right one?',
    );
  }
  return lines.join('\n');
}

function row(mark: string, left: string, right: string): string {
  return `  ${mark} ${left.padEnd(MAX_COLUMN)} | ${right}`.trimEnd();
}
