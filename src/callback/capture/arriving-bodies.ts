import { OssCallbackError } from '../../common/errors.js';
import { logText, unquoted } from '../../common/log-text.js';
import { arrivalMs } from '../time-budget.js';
import { deadlineExceeded } from './deadline.js';
import { OverloadLog } from './overload-log.js';

const MB = 1024 * 1024;
/** Far more than the arriving bodies of genuine callbacks take at any moment. */
const MAX_BYTES = 64 * MB;
/** What a request takes on the heap in addition to its body. */
const REQUEST_BYTES = 12 * 1024;
/** How many late bodies are closed at once: 200 per second. */
const LATE_AT_ONCE = 10;
const LATE_PAUSE_MS = 50;

export interface ArrivingBody {
  /** More bytes have arrived. */
  grow: (bytes: number) => void;
  /** It has arrived, or never will. */
  leave: () => void;
}

interface Body {
  bytes: number;
  network: Network;
  /** When its time is up, on the clock of `performance.now()`. */
  dueAtMs: number;
  giveUp: (reason: OssCallbackError) => void;
}

interface Network {
  name: string;
  bytes: number;
  /** The oldest first. */
  bodies: Set<Body>;
}

/**
 * Bodies that have not fully arrived. They do not take the places of callbacks that are being handled, since sending half
 * a body costs nothing, and their total memory is limited. Beyond that, the network that holds the most loses its oldest
 * one: OSS sends head and body together, so its callbacks are always among the newest, even if all requests come from one
 * proxy.
 *
 * Each has the same time limit. An attacker reopens a connection as soon as it is closed, which costs more than leaving
 * it open, so if thousands are late, they are closed gradually.
 */
export class ArrivingBodies {
  private readonly networks = new Map<string, Network>();
  private readonly log = new OverloadLog();
  /** Those of all networks, the oldest first. */
  private readonly bodies = new Set<Body>();
  private readonly withinMs: number;
  /** One error for all, since thousands may be refused in a second. */
  private readonly tooMany: OssCallbackError;
  private readonly late: OssCallbackError;
  private bytes = 0;
  private lateAtOnce = LATE_AT_ONCE;
  private isWatchingTime = false;

  constructor(answerWithinMs: number) {
    this.withinMs = arrivalMs(answerWithinMs);
    this.late = deadlineExceeded(logText`the body had not arrived after ${this.withinMs} ms`);
    this.tooMany = new OssCallbackError('OVERLOADED', 'Too many callbacks at once.', {
      hint: logText`arriving bodies take more than ${MAX_BYTES / MB} MB`,
    });
  }

  /**
   * @param address of the sender
   * @param giveUp called when the body must make room for others, or its time is up
   */
  add(address: string | undefined, giveUp: (reason: OssCallbackError) => void): ArrivingBody {
    const name = networkOf(address ?? '');
    const network = this.networks.get(name) ?? { name, bytes: 0, bodies: new Set() };
    const body = { bytes: 0, network, dueAtMs: performance.now() + this.withinMs, giveUp };
    this.networks.set(name, network);
    network.bodies.add(body);
    this.bodies.add(body);
    this.grow(body, REQUEST_BYTES);
    if (!this.isWatchingTime) this.watchTime();
    return { grow: (bytes) => this.grow(body, bytes), leave: () => this.remove(body) };
  }

  /** From now on late bodies are closed at once: an app that shuts down waits for their connections. */
  close(): void {
    this.lateAtOnce = Infinity;
  }

  private grow(body: Body, bytes: number): void {
    if (!this.bodies.has(body)) return;
    body.bytes += bytes;
    body.network.bytes += bytes;
    this.bytes += bytes;
    while (this.bytes > MAX_BYTES) this.makeRoom();
  }

  private makeRoom(): void {
    const { name, bodies } = this.largestNetwork();
    const [oldest] = bodies;
    this.remove(oldest!);
    this.log.note(
      (count) =>
        logText`OVERLOADED: ${count} callbacks were answered 503 while their bodies were arriving, because arriving bodies take more than ${MAX_BYTES / MB} MB, most of it from ${unquoted(name)}`,
    );
    oldest!.giveUp(this.tooMany);
  }

  private largestNetwork(): Network {
    let largest: Network | undefined;
    for (const network of this.networks.values()) {
      if (!largest || network.bytes > largest.bytes) largest = network;
    }
    return largest!;
  }

  /** Closes bodies whose time is up, and schedules the next check. */
  private watchTime(): void {
    const nowMs = performance.now();
    let givenUp = 0;
    for (const body of this.bodies) {
      if (body.dueAtMs > nowMs || givenUp === this.lateAtOnce) break;
      givenUp += 1;
      this.remove(body);
      body.giveUp(this.late);
    }
    const [next] = this.bodies;
    this.isWatchingTime = next !== undefined;
    if (!next) return;
    setTimeout(() => this.watchTime(), Math.max(next.dueAtMs - nowMs, LATE_PAUSE_MS)).unref();
  }

  private remove(body: Body): void {
    if (!this.bodies.delete(body)) return;
    const { network, bytes } = body;
    network.bodies.delete(body);
    network.bytes -= bytes;
    this.bytes -= bytes;
    if (network.bodies.size === 0) this.networks.delete(network.name);
  }
}

/**
 * The unit in which senders are counted: an IPv4 address, or the /48 of an IPv6 address, the most that a site is assigned
 * (RFC 6177) and that tunnel brokers give away. Senders who share one are still served: the oldest body is closed first.
 */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const [, ipv4] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? [];
  if (ipv4 !== undefined) return ipv4;
  const [before = [], after = []] = address
    .split('::')
    .map((part) => (part === '' ? [] : part.split(':')));
  const zeros = Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  return [...before, ...zeros, ...after].slice(0, 3).join(':');
}
