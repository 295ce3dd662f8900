/** Options whose variable has a name of its own. */
const IRREGULAR: readonly [pattern: RegExp, name: string][] = [
  [/^tickets\.secrets\b.*$/, 'TICKET_SECRETS'],
  [/^localOss\.url$|^localOss$/, 'LOCAL_URL'],
  [/^credentials$/, 'ACCESS_KEY_ID'],
  [/^buckets$/, 'BUCKET'],
];

/**
 * The environment variable of an option, as `.env.example` lists it.
 * @param option as errors name it, for example `buckets.main.endpoint`; or a variable, which stays as it is
 */
export function variableOf(
  option: string,
  env: Readonly<Record<string, string | undefined>>,
): string {
  if (/^[A-Z][A-Z0-9_]*$/.test(option)) return option;
  const irregular = IRREGULAR.find(([pattern]) => pattern.test(option));
  if (irregular) return `OSS_${irregular[1]}`;
  const bucketName = /^buckets\.(.+?)\.(?=(?:sts\.)?\w+$)/.exec(option);
  const isListed = env.OSS_BUCKETS?.trim();
  const rest = option
    .replace(bucketName?.[0] ?? /^credentials\./, '')
    .replace(/^handlers\./, 'handler.')
    .replace(/\[\d+\]$/, '');
  const prefix = bucketName && isListed ? `${upperSnake(bucketName[1] ?? '')}_` : '';
  return `OSS_${prefix}${upperSnake(rest.replaceAll('.', '_'))}`;
}

function upperSnake(text: string): string {
  return text
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/[^A-Za-z0-9]/g, '_')
    .toUpperCase();
}
