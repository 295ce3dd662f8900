import { randomBytes } from 'node:crypto';
import { EventEmitter, setMaxListeners } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CALLBACK_TIMEOUT_MS } from '../protocol/callback/callback-answer.js';
import { type CallbackHost, LOOPBACK_HOST, parseCallbackHost } from './callbacks/callback-hosts.js';
import { CallbackKeys } from './callbacks/callback-keys.js';
import type { CallbackRecord, SimulatorEvents } from './events.js';
import { CONTROL_PATH } from './control/control-address.js';
import { isLoopbackHost } from './server/loopback.js';
import { SimulatorFaults } from './faults/faults.js';
import { MultipartFiles } from './storage/multipart-files.js';
import { MultipartUploads } from './storage/multipart-uploads.js';
import { SimulatorBuckets } from './storage/buckets.js';
import { SimulatorObjects } from './storage/objects.js';
import {
  DEFAULT_CREDENTIALS,
  type OssSimulatorOptions,
  type SimulatorCredentials,
} from './options.js';
import { listen, serveRequests } from './server/server.js';
import type { SimulatorState } from './state.js';
import { StsSessions } from './sts/sts-sessions.js';

/**
 * A local OSS: takes uploads as Alibaba Cloud OSS does, checks their signatures and policies, stores them, and
 * calls back with signatures of its own key. It stands in for OSS in development and tests; it protects nothing.
 */
export class OssSimulator {
  /** The objects in it; tests may read, place and delete them. */
  readonly objects: SimulatorObjects;
  /** What is to go wrong. */
  readonly faults = new SimulatorFaults();
  /** The callbacks that were made, in the order of their sending. */
  readonly callbacks: CallbackRecord[] = [];
  /** Tells what happens as it happens. */
  readonly events = new EventEmitter<SimulatorEvents>();
  /** The key pairs that may sign requests. */
  readonly credentials: readonly SimulatorCredentials[];

  readonly #options: OssSimulatorOptions;
  readonly #clock: () => Date;
  readonly #multipart: MultipartUploads;
  readonly #sts = new StsSessions();
  readonly #buckets: SimulatorBuckets;
  readonly #keys: CallbackKeys;
  readonly #callbackHosts: readonly CallbackHost[] | undefined;
  #isLoaded = false;
  #running: { server: Server; stopping: AbortController; state: SimulatorState } | undefined;
  /** A simulator that starts again keeps its port, so that its URL stays good. */
  #port: number;

  constructor(options: OssSimulatorOptions = {}) {
    this.#options = options;
    this.#callbackHosts = options.callbackHosts?.map(parseCallbackHost);
    this.#clock = options.clock ?? (() => new Date());
    this.#port = options.port ?? 0;
    this.credentials = options.credentials ?? [DEFAULT_CREDENTIALS];
    this.#keys = new CallbackKeys(options.keyBits ?? 512, options.dataDirectory);
    this.#buckets = new SimulatorBuckets({
      declared: options.buckets,
      dataDirectory: options.dataDirectory,
      createdAt: this.#clock(),
    });
    this.#multipart = new MultipartUploads(
      options.dataDirectory === undefined ? undefined : new MultipartFiles(options.dataDirectory),
    );
    this.objects = new SimulatorObjects({
      dataDirectory: options.dataDirectory,
      clock: this.#clock,
      isVersioned: (bucket) => this.#buckets.get(bucket)?.versioned ?? false,
    });
  }

  /** `http://127.0.0.1:<port>` */
  get url(): string {
    return this.#mustRun().state.url;
  }

  /** The key that callbacks verify with, as SPKI PEM. */
  get publicKey(): string {
    return this.#keys.current.publicKeyPem;
  }

  /** Where the key can be fetched; callbacks name this URL. */
  get publicKeyUrl(): string {
    return `${this.url}${this.#keys.path}`;
  }

  /**
   * Where other processes control this one, and the token of this start that they need. Unset where the simulator does
   * not listen on loopback, or does not run.
   */
  get control(): { url: string; token: string } | undefined {
    const { url, controlToken: token } = this.#running?.state ?? {};
    return token === undefined ? undefined : { url: `${url}${CONTROL_PATH}`, token };
  }

  /**
   * Signs callbacks with a new key from now on.
   * @param options.sameUrl whether the new key stands behind the URL of the old one, which OSS never did
   */
  rotateKey(options: { sameUrl?: boolean } = {}): Promise<void> {
    return this.#keys.rotate(options);
  }

  /** Loads or makes the key pair, loads what an earlier run stored, and listens. */
  async start(): Promise<this> {
    if (this.#running) return this;
    await this.#load();
    const { host = '127.0.0.1' } = this.#options;
    const isLocal = await isLoopbackHost(host);
    const server = await listen(host, this.#port);
    this.#port = (server.address() as AddressInfo).port;
    const stopping = new AbortController();
    // Every delayed or slow callback listens to it, however many there are at once.
    setMaxListeners(0, stopping.signal);
    const url = `http://${host.includes(':') ? `[${host}]` : host}:${this.#port}`;
    const state = this.#state({ url, isLocal, stopping: stopping.signal });
    serveRequests(server, state);
    this.#running = { server, stopping, state };
    return this;
  }

  /** Ends every connection and gives up callbacks that wait for an answer. */
  async stop(): Promise<void> {
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
      log: options.log ?? (() => undefined),
      stopping,
    };
  }

  #mustRun() {
    if (!this.#running) throw new Error('The OssSimulator is not running: await start() first');
    return this.#running;
  }
}

/** Whether pages of any origin may upload, and thereby have callbacks sent. */
function letsInEveryPage({ buckets = {} }: OssSimulatorOptions): boolean {
  return Object.values(buckets).some(({ corsOrigins }) =>
    corsOrigins?.some((origin) => origin === '*' || origin === 'null'),
  );
}
