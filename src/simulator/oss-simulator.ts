import { randomBytes } from 'node:crypto';
import { EventEmitter, setMaxListeners } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CALLBACK_TIMEOUT_MS } from '../protocol/callback/callback-answer.js';
import { type CallbackHost, LOOPBACK_HOST, parseCallbackHost } from './callbacks/callback-hosts.js';
import { CallbackKeys } from './callbacks/callback-keys.js';
import { CONTROL_PATH } from './control/control-address.js';
import type { CallbackRecord, SimulatorEvents } from './events.js';
import { SimulatorFaults } from './faults/faults.js';
import {
  DEFAULT_CREDENTIALS,
  type OssSimulatorOptions,
  type SimulatorCredentials,
} from './options.js';
import { isLoopbackHost } from './server/loopback.js';
import { listen, serveRequests } from './server/server.js';
import type { SimulatorState } from './state.js';
import { SimulatorBuckets } from './storage/buckets.js';
import { MultipartFiles } from './storage/multipart/multipart-files.js';
import { MultipartUploads } from './storage/multipart/multipart-uploads.js';
import { SimulatorObjects } from './storage/objects.js';
import { StsSessions } from './sts/sts-sessions.js';

/**
 * A local stand-in for Alibaba Cloud OSS, for development and tests: it checks the signatures and policies of uploads,
 * stores the objects, and sends callbacks signed with a key of its own. It does not protect what it stores.
 *
 * ```ts
 * const oss = await new OssSimulator({ port: 9100 }).start();
 * ```
 * @category Simulator
 */
export class OssSimulator {
  /** The stored objects. Tests can read, add and delete them. */
  readonly objects: SimulatorObjects;
  /** Faults to inject. */
  readonly faults = new SimulatorFaults();
  /** The callbacks sent so far, oldest first; the last 10,000 are kept. */
  readonly callbacks: CallbackRecord[] = [];
  /** Emits events for stored objects, callbacks and requests. */
  readonly events = new EventEmitter<SimulatorEvents>();
  /**
   * The access keys that can sign requests: those of the options, or `local-oss-access-key-id` with the secret
   * `local-oss-access-key-secret`.
   */
  readonly credentials: readonly SimulatorCredentials[];

  readonly #options: OssSimulatorOptions;
  readonly #clock: () => Date;
  readonly #multipart: MultipartUploads;
  readonly #sts = new StsSessions();
  readonly #buckets: SimulatorBuckets;
  readonly #keys: CallbackKeys;
  readonly #callbackHosts: readonly CallbackHost[] | undefined;
  #isLoaded = false;
  #starting: Promise<void> | undefined;
  #running: { server: Server; stopping: AbortController; state: SimulatorState } | undefined;
  /** Kept over a restart, so that the URL stays valid. */
  #port: number;

  /** Does not listen yet: call {@link start}. */
  constructor(options: OssSimulatorOptions = {}) {
    this.#options = options;
    this.#callbackHosts = options.callbackHosts?.map(parseCallbackHost);
    this.#clock = options.clock ?? (() => new Date());
    this.#port = options.port ?? 0;
    this.credentials = options.credentials ?? [DEFAULT_CREDENTIALS];
    this.#keys = new CallbackKeys(options.keyBits ?? 512, options.dataDirectory);
    this.#buckets = new SimulatorBuckets({
      declared: options.buckets,
      region: options.region,
      dataDirectory: options.dataDirectory,
      createdAt: this.#clock(),
    });
    this.#multipart = new MultipartUploads(
      options.dataDirectory === undefined ? undefined : new MultipartFiles(options.dataDirectory),
    );
    this.objects = new SimulatorObjects({
      dataDirectory: options.dataDirectory,
      clock: this.#clock,
      versioningOf: (bucket) => this.#buckets.get(bucket)?.versioning,
    });
  }

  /**
   * Scheme and host of the running simulator: `http://127.0.0.1:<port>`.
   * @throws Error if it is not running
   */
  get url(): string {
    return this.#mustRun().state.url;
  }

  /** The public key that verifies callbacks, as SPKI PEM. */
  get publicKey(): string {
    return this.#keys.current.publicKeyPem;
  }

  /**
   * The URL of the public key, which callbacks name in `x-oss-pub-key-url`.
   * @throws Error if it is not running
   */
  get publicKeyUrl(): string {
    return `${this.url}${this.#keys.path}`;
  }

  /**
   * The control API for other processes, with the token that it requires, which is new at each start. Unset unless the
   * simulator is running and listens on a loopback address.
   */
  get control():
    | {
        /** URL of the API. */
        url: string;
        /** To be sent as `Authorization: Bearer <token>`. */
        token: string;
      }
    | undefined {
    const { url, controlToken: token } = this.#running?.state ?? {};
    return token === undefined ? undefined : { url: `${url}${CONTROL_PATH}`, token };
  }

  /**
   * Signs callbacks with a new key from now on.
   * @param options `sameUrl`: serve the new key at the URL of the old one, which OSS itself has never done. Default:
   *   at a new URL
   */
  rotateKey(options: { sameUrl?: boolean } = {}): Promise<void> {
    return this.#keys.rotate(options);
  }

  /**
   * Loads the key and the stored data, or generates a key, and starts to listen. Does nothing if it is running.
   * @returns the simulator itself
   */
  async start(): Promise<this> {
    this.#starting ??= this.#start().finally(() => (this.#starting = undefined));
    await this.#starting;
    return this;
  }

  async #start(): Promise<void> {
    if (this.#running) return;
    await this.#load();
    const { host = '127.0.0.1' } = this.#options;
    const isLocal = await isLoopbackHost(host);
    const server = await listen(host, this.#port);
    this.#port = (server.address() as AddressInfo).port;
    const stopping = new AbortController();
    // Every pending callback adds a listener.
    setMaxListeners(0, stopping.signal);
    const url = `http://${host.includes(':') ? `[${host}]` : host}:${this.#port}`;
    const state = this.#state({ url, isLocal, stopping: stopping.signal });
    serveRequests(server, state);
    this.#running = { server, stopping, state };
  }

  /** Closes all connections and aborts pending callbacks. */
  async stop(): Promise<void> {
    await this.#starting?.catch(() => undefined);
    const running = this.#running;
    if (!running) return;
    this.#running = undefined;
    running.stopping.abort();
    await new Promise<void>((resolve) => {
      running.server.close(() => resolve());
      running.server.closeAllConnections();
    });
  }

  async #load(): Promise<void> {
    if (this.#isLoaded) return;
    await this.#keys.load();
    await this.#buckets.load();
    await this.#multipart.load((name, sizeBytes) => this.objects.findContent(name, sizeBytes));
    await this.objects.load(this.#multipart.contentNames);
    this.#isLoaded = true;
  }

  #state(start: { url: string; isLocal: boolean; stopping: AbortSignal }): SimulatorState {
    const options = this.#options;
    const { url, isLocal, stopping } = start;
    const onlyThisMachineAsks = isLocal && !letsInEveryPage(options);
    return {
      url,
      keys: this.#keys,
      objects: this.objects,
      multipart: this.#multipart,
      faults: this.faults,
      callbacks: this.callbacks,
      events: this.events,
      credentials: this.credentials,
      sts: this.#sts,
      checkSignatures: options.checkSignatures ?? true,
      buckets: this.#buckets,
      allowedHosts: [options.host ?? [], options.allowedHosts ?? []]
        .flat()
        .map((name) => name.toLowerCase()),
      controlToken: isLocal ? randomBytes(24).toString('base64url') : undefined,
      defaultBucket: options.defaultBucket,
      rendering: options.rendering ?? {},
      signing: options.signing ?? {},
      variableConditions: options.variableConditions ?? 'enforce',
      strict: options.strict ?? false,
      callbackHosts: this.#callbackHosts ?? (onlyThisMachineAsks ? [LOOPBACK_HOST] : []),
      callbackTimeoutMs: options.callbackTimeoutMs ?? CALLBACK_TIMEOUT_MS,
      clock: this.#clock,
      log: ({ text }) => options.log?.(text),
      urlForLog: options.verbose ? (url) => url : shortUrl,
      stopping,
    };
  }

  #mustRun() {
    if (!this.#running) throw new Error('The OssSimulator is not running: await start() first');
    return this.#running;
  }
}

/** Signatures and callbacks make a query long; an ellipsis replaces it. */
function shortUrl(url: string): string {
  const start = url.indexOf('?');
  return start === -1 ? url : `${url.slice(0, start)}?…`;
}

/** Whether pages of any origin may upload, and thereby have callbacks sent. */
function letsInEveryPage({ buckets = {} }: OssSimulatorOptions): boolean {
  return Object.values(buckets).some(({ corsOrigins }) =>
    corsOrigins?.some((origin) => origin === '*' || origin === 'null'),
  );
}
