/**
 * A path with query, or a URL, in its two parts.
 * @returns both as they are written; the query with its question mark, or empty where there is none
 */
export function splitTarget(target: string): { path: string; query: string } {
  const queryStart = target.indexOf('?');
  return queryStart === -1
    ? { path: target, query: '' }
    : { path: target.slice(0, queryStart), query: target.slice(queryStart) };
}
