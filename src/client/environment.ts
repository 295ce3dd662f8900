// Browsers, workers, mini-programs, React Native and Node each have some of these. Nothing else is taken from the
// environment, and the declarations of the package need neither the types of the DOM nor those of Node.

/** As much of an `AbortSignal` as is used. */
export interface CancelSignal {
  readonly aborted: boolean;
  readonly reason?: unknown;
  addEventListener(type: 'abort', listener: () => void): void;
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

/** As much of `fetch` as is used: an answer of any status, or a rejection where there is none. */
export type FetchLike = (
  url: string,
  init: { method: string; headers: Record<string, string>; body?: string },
) => Promise<{ status: number; text(): Promise<string> }>;

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
