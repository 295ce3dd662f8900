import type { Authorisation, CarrierName, PartsPage } from '../authorisation.js';
import { never } from '../cancellation.js';
import type { FetchLike } from '../environment.js';
import { askApp, type Headers, refusalOf, type Refused } from '../ask-app.js';
import { isPassing, type OssUploadError } from '../oss-upload-error.js';
import { withRetries } from '../retries.js';

/** The description of a file that the app receives. */
export interface FileWish {
  file: { name: string; type: string; size: number | undefined };
  wishes?: object;
  variables?: object;
  carriers: readonly CarrierName[];
}

interface Authorised {
  authorisation: Authorisation;
}

/** How many files the app accepts in one request. */
const MAX_FILES = 100;

export type ControllerApi = ReturnType<typeof controllerApi>;

/** The routes of `createOssUploadController`. Each throws an `OssUploadError`: `NETWORK`, or the app's refusal. */
export function controllerApi(
  url: string,
  headers: Headers | (() => Headers | Promise<Headers>) | undefined,
  fetch: FetchLike | undefined,
  retries: number,
) {
  const base = url.endsWith('/') ? url.slice(0, -1) : url;

  /** Every request can be repeated without harm. */
  function ask<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const attempt = async () => {
      const given = typeof headers === 'function' ? await headers() : headers;
      return askApp<Answer>(fetch, base + path, { method, headers: given, body });
    };
    return withRetries({ retries, signal: never }, attempt, isPassing);
  }

  async function authoriseAll(
    wishes: readonly FileWish[],
  ): Promise<(Authorisation | OssUploadError)[]> {
    if (wishes.length > MAX_FILES) {
      const first = await authoriseAll(wishes.slice(0, MAX_FILES));
      return [...first, ...(await authoriseAll(wishes.slice(MAX_FILES)))];
    }
    const files = wishes.map(({ file, wishes, variables }) => ({ ...file, wishes, variables }));
    const carriers = wishes[0]!.carriers.filter((carrier) =>
      wishes.every((wish) => wish.carriers.includes(carrier)),
    );
    const { uploads } = await ask<{ uploads: (Authorised | { error: Refused })[] }>('POST', '', {
      files,
      carriers,
    });
    return uploads.map((upload) =>
      'error' in upload ? refusalOf(upload.error) : upload.authorisation,
    );
  }

  return {
    async authorise(wish: FileWish): Promise<Authorisation> {
      return (await ask<Authorised>('POST', '', wish)).authorisation;
    },

    /** Sends as few requests as possible. A refused file has an error in its place. */
    authoriseAll,

    parts: (uploadId: string, handle: string, from: number): Promise<PartsPage> =>
      ask('POST', `${pathOf(uploadId)}/parts`, { handle, from }),

    status: (uploadId: string): Promise<{ status: string }> => ask('GET', pathOf(uploadId)),

    /** Asks the app to look for the object now, which it does if its limits allow it and the bucket answers. */
    reconcile: (uploadId: string): Promise<{ status: string; bucketAnswered?: boolean }> =>
      ask('POST', `${pathOf(uploadId)}/reconciliation`),
  };
}

/** An id may come from a link: with slashes and dots, the request would reach another route with the user's session. */
function pathOf(uploadId: string): string {
  if (/^[\da-f-]{36}$/i.test(uploadId)) return `/${uploadId}`;
  throw new TypeError(`${JSON.stringify(uploadId)} is not the id of an upload.`);
}
