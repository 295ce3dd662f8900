import { quoted, visible } from '../../common/log-text.js';
import { describeDiagnosis } from '../../callback/diagnosis/signature-diagnosis-text.js';
import type { CapturedRequest } from './read-captures.js';
import type { VerifiedCapture } from './verify-capture.js';

export interface CheckedCapture {
  capture: CapturedRequest;
  result: VerifiedCapture;
}

/** The result as text. */
export function writeTextReport({ capture, result }: CheckedCapture): string {
  const { id, method, url, body, notes } = capture;
  const { verified, checked, key, problem, diagnosis, content } = result;
  const lines: [name: string, text: string][] = [
    ['request', `${method} ${quoted(url).text}, body of ${body.byteLength} bytes`],
  ];
  if (checked !== url) lines.push(['checked for', quoted(checked).text]);
  if (key) lines.push(['key', `${key.name}, SHA-256 ${key.fingerprint}`]);
  if (problem) lines.push(['why', problem]);
  if (diagnosis?.found === 'request') {
    for (const { explanation, fix } of diagnosis.causes) {
      lines.push(['why', explanation.text], ['to fix it', fix.text]);
    }
  } else if (diagnosis) lines.push(['why', describeDiagnosis(diagnosis).text]);
  if (content) lines.push(...contentLines(content));
  if (method !== 'POST') lines.push(['note', `OSS sends POST, not ${quoted(method).text}`]);
  lines.push(...notes.map((note): [string, string] => ['note', note]));
  const title = `${verified ? 'Verified' : 'NOT VERIFIED'}${id === undefined ? '' : `: ${id}`}`;
  return [title, ...lines.map(([name, text]) => `  ${name.padEnd(12)}${text}`)]
    .map(visible)
    .join('\n');
}

function contentLines(content: NonNullable<VerifiedCapture['content']>): [string, string][] {
  if (!content.ok) return [['content', `cannot be read: ${content.problem}`]];
  const { system, variables, others, ticket } = content;
  const named = [
    ...Object.entries(system).filter(([, value]) => value !== undefined && value !== ''),
    ...Object.entries(variables).map(([name, value]) => [`x: ${name}`, value] as const),
    ...Object.entries(others),
  ];
  return [
    ...named.map(([name, value]): [string, string] => [
      'content',
      `${visible(name)} = ${typeof value === 'string' ? quoted(value).text : String(value)}`,
    ]),
    ['ticket', ticket === undefined ? 'none' : 'present; only the app can check it'],
  ];
}

/** The result as JSON. */
export function toJsonReport({ capture, result }: CheckedCapture) {
  const { id, method, url, body, notes } = capture;
  const { verified, checked, key, problem, diagnosis, content } = result;
  return {
    id,
    verified,
    request: { method, url, checkedUrl: checked, bodyBytes: body.byteLength },
    key,
    problem,
    diagnosis:
      diagnosis?.found === 'request'
        ? { ...diagnosis, body: diagnosis.body.toString('base64') }
        : diagnosis,
    content: content?.ok
      ? {
          system: content.system,
          variables: content.variables,
          others: content.others,
          hasTicket: content.ticket !== undefined,
        }
      : content,
    notes,
  };
}
