import { t } from './language/language.js';

/** The app's refusal of a request, in its own words where it has some. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Asks the app.
 * @throws Refused
 */
export async function askApp<Answer>(
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<Answer> {
  const response = await fetch(path, {
    method,
    signal,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Refused(response.status, messageOf(text) ?? t('appRefused'));
  return (text === '' ? undefined : JSON.parse(text)) as Answer;
}

function messageOf(text: string): string | undefined {
  try {
    const { message } = JSON.parse(text) as { message?: string | string[] };
    return message === undefined ? undefined : [message].flat().join(' ');
  } catch {
    return undefined;
  }
}
