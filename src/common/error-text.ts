/** How deep {@link reasonOf} looks: an error may be its own cause. */
const MAX_DEPTH = 3;

/** The message of what was thrown, which may be anything. */
export function messageOf(thrown: unknown): string {
  return textOf(thrown instanceof Error ? thrown.message : thrown);
}

/** As {@link messageOf}, after the name of the error's class. */
export function nameAndMessageOf(thrown: unknown): string {
  return thrown instanceof Error ? `${thrown.name}: ${messageOf(thrown)}` : textOf(thrown);
}

/**
 * As {@link messageOf}, with what Node keeps outside of the message: each of several errors, the code, the cause. For
 * network errors.
 */
export function reasonOf(thrown: unknown): string {
  return reasonWithin(thrown, MAX_DEPTH);
}

function reasonWithin(thrown: unknown, depth: number): string {
  if (!(thrown instanceof Error) || depth === 0) return messageOf(thrown);
  const within = (inner: unknown) => reasonWithin(inner, depth - 1);
  if (thrown instanceof AggregateError) return thrown.errors.map(within).join('; ');
  const message = messageOf(thrown);
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
  const detail = thrown.cause === undefined ? code : within(thrown.cause);
  return message.includes(detail) ? message : `${message} (${detail})`.trimStart();
}

/** Not every value has a text: an object may have no prototype, or a `toString` that throws. */
function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return typeof value;
  }
}
