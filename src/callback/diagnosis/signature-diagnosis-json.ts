/** An unterminated string is one token: searching for its end from each quote would take quadratic time. */
const TOKENS = /"(?:[^"\\]|\\.)*"?|[{}[\]:,]|[^\s{}[\]:,"]+/gs;

/**
 * One JSON text in the layouts in which templates and serialisers write it, numbers and names as they stand: parsing
 * would round `crc64`.
 * @param text as `readCallbackJson` reads it, which bounds its depth and so the indents
 */
export function jsonLayouts(text: string): string[] {
  const layouts = (tokens: readonly string[]) => [
    tokens.join(''),
    join(tokens, ', ', ': '),
    join(tokens, ', ', ':'),
    join(tokens, ',', ': '),
    indent(tokens),
  ];
  const plain: string[] = text.match(TOKENS) ?? [];
  const unescaped = plain.map(withoutNeedlessEscapes);
  return [...new Set([...layouts(plain), ...layouts(unescaped)])];
}

function join(tokens: readonly string[], comma: string, colon: string): string {
  return tokens.map((token) => (token === ',' ? comma : token === ':' ? colon : token)).join('');
}

function indent(tokens: readonly string[]): string {
  let depth = 0;
  return tokens
    .map((token) => {
      if (token === '{' || token === '[') depth += 1;
      if (token === '}' || token === ']') depth -= 1;
      const line = `\n${'  '.repeat(Math.max(0, depth))}`;
      if (token === ':') return ': ';
      if (token === '}' || token === ']') return line + token;
      return '{[,'.includes(token) ? token + line : token;
    })
    .join('');
}

/** `\/` and `\u6587`, as some serialisers write what OSS writes as it is. */
function withoutNeedlessEscapes(token: string): string {
  if (!token.startsWith('"')) return token;
  try {
    return JSON.stringify(JSON.parse(token));
  } catch {
    return token;
  }
}
