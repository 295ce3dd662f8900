/** The length at which reasons, and texts of refused callbacks, are cut in a row. */
const MAX_KEPT_LENGTH = 256;

/** Whether PostgreSQL can store and compare a text as it is: it accepts neither NUL nor lone surrogates. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

/** A text as a row stores it: at most 256 UTF-16 units, without NUL and lone surrogates. */
export function toStorable(text: string): string {
  const kept = text.slice(0, MAX_KEPT_LENGTH).replaceAll('\0', '');
  return kept.isWellFormed() ? kept : kept.replace(/[\ud800-\udbff]$/, '').toWellFormed();
}
