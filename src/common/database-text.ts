/** Texts that say why, and those of refused callbacks, are cut at this length in a row. */
const MAX_KEPT_LENGTH = 256;

/** Whether PostgreSQL can keep and compare a text as it is: it takes no NUL, and half of a character has no UTF-8. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

/** As much of any text as a row keeps of it: 256 UTF-16 units, without NUL and half characters. */
export function toStorable(text: string): string {
  const kept = text.slice(0, MAX_KEPT_LENGTH).replaceAll('\0', '');
  return kept.isWellFormed() ? kept : kept.replace(/[\ud800-\udbff]$/, '').toWellFormed();
}
