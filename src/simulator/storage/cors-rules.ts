/** Which web pages may use a bucket, as a client has set it. */
export interface CorsRules {
  rules: CorsRule[];
  /** Whether every response has `Vary: Origin`; if the client does not say, none has. */
  responseVary?: string | undefined;
}

/** Each as the client wrote it, `headers` in lower case. */
export interface CorsRule {
  origins: string[];
  methods: string[];
  headers: string[];
  exposed: string[];
  maxAgeSeconds?: string | undefined;
}

/** The facts of a preflight request. */
export interface Preflight {
  origin: string;
  method: string;
  headers: readonly string[];
}

/** The first rule that lets a page send a request. Origins and headers may have one asterisk. */
export function ruleFor(
  { rules }: CorsRules,
  { origin, method, headers }: Preflight,
): CorsRule | undefined {
  return rules.find(
    (rule) =>
      rule.methods.includes(method) &&
      rule.origins.some((pattern) => matches(pattern, origin)) &&
      headers.every((header) =>
        rule.headers.some((pattern) => matches(pattern, header.toLowerCase())),
      ),
  );
}

function matches(pattern: string, text: string): boolean {
  const star = pattern.indexOf('*');
  if (star === -1) return pattern === text;
  const [before, after] = [pattern.slice(0, star), pattern.slice(star + 1)];
  return (
    text.length >= before.length + after.length && text.startsWith(before) && text.endsWith(after)
  );
}
