// Browsers, workers, mini-programs, React Native and Node each have some of these. Nothing else is taken from the
// environment, and the declarations of the package need neither the types of the DOM nor those of Node.

/**
 * The part of an `AbortSignal` that is used, for environments without one.
 * @category Uploads
 */
export interface CancelSignal {
  /** Whether the upload is cancelled. */
  readonly aborted: boolean;
  /** Why, for the `cause` of the error. */
  readonly reason?: unknown;
  /** Adds a listener, which is called once when the upload is cancelled. */
  addEventListener(type: 'abort', listener: () => void): void;
  /** Removes a listener. */
  removeEventListener(type: 'abort', listener: () => void): void;
}

interface Listening {
  addEventListener(type: string, listener: (event: UploadEvent) => void): void;
}

interface UploadEvent {
  loaded: number;
  total: number;
}

export interface Form {
  append(name: string, value: unknown, fileName?: string): void;
}

export interface Request extends Listening {
  readonly status: number;
  readonly responseText: string;
  readonly upload: Listening;
  open(method: string, url: string): void;
  setRequestHeader(name: string, value: string): void;
  send(body?: unknown): void;
  abort(): void;
}

/**
 * The part of `fetch` that is used: it resolves with a response of any status, and rejects if there is none.
 * @category Transports
 */
export type FetchLike = (
  url: string,
  init: { method: string; headers: Record<string, string>; body?: string },
) => Promise<{
  /** HTTP status. */
  status: number;
  /** Reads the body. */
  text(): Promise<string>;
}>;

export interface Environment {
  XMLHttpRequest?: new () => Request;
  FormData: new () => Form;
  AbortController: new () => { readonly signal: unknown; abort(): void };
  fetch(
    url: string,
    init: {
      method: string;
      headers?: Readonly<Record<string, string>>;
      body?: unknown;
      signal?: unknown;
    },
  ): Promise<{ status: number; text(): Promise<string> }>;
  navigator?: { onLine?: boolean };
  addEventListener?(type: string, listener: () => void): void;
  removeEventListener?(type: string, listener: () => void): void;
  setTimeout(call: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

export const environment = globalThis as unknown as Environment;
