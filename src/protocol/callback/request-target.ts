/**
 * Splits a path with query, or a URL.
 * @returns both parts unchanged; the query with its question mark, or empty
 */
export function splitTarget(target: string): { path: string; query: string } {
  const queryStart = target.indexOf('?');
  return queryStart === -1
    ? { path: target, query: '' }
    : { path: target.slice(0, queryStart), query: target.slice(queryStart) };
}
