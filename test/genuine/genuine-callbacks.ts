import { readFileSync } from 'node:fs';

/** A published callback that OSS itself signed. */
export interface GenuineCallback {
  id: string;
  /** Path with query as requested. */
  url: string;
  body: string;
  authorization: string;
  xOssPubKeyUrl: string;
  callbackBodyType?: string;
  httpVersion?: '1.0' | '1.1';
  /** As captured, where more than the signature was. */
  headers?: Record<string, string>;
}

export const genuineCallbacks = JSON.parse(
  readFileSync(new URL('../fixtures/genuine-callbacks.json', import.meta.url), 'utf8'),
) as GenuineCallback[];

export function genuine(id: string): GenuineCallback {
  const found = genuineCallbacks.find((callback) => callback.id === id);
  if (!found) throw new Error(`there is no genuine callback "${id}"`);
  return found;
}

/** The request as OSS sent it. */
export function toRawRequest(callback: GenuineCallback) {
  return {
    target: callback.url,
    httpVersion: callback.httpVersion,
    headers: {
      'content-type': callback.callbackBodyType ?? 'application/x-www-form-urlencoded',
      ...callback.headers,
      authorization: callback.authorization,
      'x-oss-pub-key-url': callback.xOssPubKeyUrl,
    },
    body: callback.body,
  };
}
