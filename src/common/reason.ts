/** Texts that say why are cut at this length in a row. */
const MAX_REASON_LENGTH = 256;

/** As much of a reason as a row keeps; PostgreSQL takes no NUL in a text. */
export function toReason(text: string): string {
  return text.slice(0, MAX_REASON_LENGTH).replaceAll('\0', '');
}
