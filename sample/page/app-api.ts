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
): Promise<Answer> {
  const response = await fetchAnswer(path, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) {
    const words = wordsForStatus(response.status) ?? messageOf(text) ?? t('appRefused');
    throw new Refused(response.status, words);
  }
  return (text === '' ? undefined : JSON.parse(text)) as Answer;
}

/** Refusals that need no word of the app's: those that any request may meet. */
export function wordsForStatus(status: number): string | undefined {
  if (status === 401) return t('signedOut');
  if (status === 429) return t('tooMany');
  return status >= 500 ? t('appFailed') : undefined;
}

async function fetchAnswer(path: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(path, request);
  } catch {
    throw new Refused(0, t('appUnreachable'));
  }
}

function messageOf(text: string): string | undefined {
  try {
    const { message } = JSON.parse(text) as { message?: string | string[] };
    return message === undefined ? undefined : [message].flat().join(' ');
  } catch {
    return undefined;
  }
}
