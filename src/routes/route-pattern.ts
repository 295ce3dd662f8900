/** Matches paths with parameters, wildcards and optional parts. */
export type RoutePattern = readonly RoutePart[];

type RoutePart =
  | { kind: 'text'; text: string }
  /** `:name`, at least one character up to the next slash. */
  | { kind: 'segment' }
  /** `*name`, any characters. */
  | { kind: 'rest' }
  /** `{`, with the place behind its `}`. */
  | { kind: 'optional'; end: number };

/** To match as a router does that ignores case, give both functions lower case. */
export function toRoutePattern(path: string): RoutePattern {
  const parts: RoutePart[] = [];
  const open: { end: number }[] = [];
  for (const piece of path === '/' ? [] : path.split(/(:\w+|\*\w*|[{}])/)) {
    if (piece.startsWith(':')) parts.push({ kind: 'segment' });
    else if (piece.startsWith('*')) parts.push({ kind: 'rest' });
    else if (piece === '{') {
      const optional: RoutePart & { end: number } = { kind: 'optional', end: Infinity };
      open.push(optional);
      parts.push(optional);
    } else if (piece === '}') {
      const optional = open.pop();
      if (optional) optional.end = parts.length;
    } else if (piece !== '') parts.push({ kind: 'text', text: piece });
  }
  return parts;
}

/**
 * Whether a path matches the pattern, ignoring a trailing slash. Takes time proportional to the length of the
 * path times the parts of the pattern: a regular expression with adjacent parameters would backtrack over every way to
 * divide the path between them.
 */
export function matchesRoute(pattern: RoutePattern, text: string): boolean {
  const [first, ...others] = pattern;
  if (first?.kind === 'text') {
    if (!text.startsWith(first.text)) return false;
    // nearly every route
    if (others.length === 0) return text === first.text || text === `${first.text}/`;
  }
  const { length } = text;
  /** Of the parts from here on: the places in the path from which they match all that follows. */
  const matching: Uint8Array[] = [];
  const ending = new Uint8Array(length + 1);
  ending[length] = 1;
  if (text.endsWith('/')) ending[length - 1] = 1;
  matching[pattern.length] = ending;
  for (let at = pattern.length - 1; at >= 0; at -= 1) {
    const part = pattern[at]!;
    const next = matching[at + 1]!;
    const here = (matching[at] = new Uint8Array(length + 1));
    const without = part.kind === 'optional' ? matching[Math.min(part.end, pattern.length)]! : next;
    for (let place = length; place >= 0; place -= 1) {
      here[place] = matchesAt(part, text, place, { here, next, without });
    }
  }
  return matching[0]![0] === 1;
}

function matchesAt(
  part: RoutePart,
  text: string,
  place: number,
  { here, next, without }: Record<'here' | 'next' | 'without', Uint8Array>,
): number {
  const isEnd = place === text.length;
  if (part.kind === 'text') {
    return text.startsWith(part.text, place) ? next[place + part.text.length]! : 0;
  }
  if (part.kind === 'segment') {
    return isEnd || text[place] === '/' ? 0 : next[place + 1]! | here[place + 1]!;
  }
  if (part.kind === 'rest') return next[place]! | (isEnd ? 0 : here[place + 1]!);
  return next[place]! | without[place]!;
}
