import { OssCallbackError } from '../../common/errors.js';
import { logText, unquoted } from '../../common/log-text.js';
import { OverloadLog } from './overload-log.js';

/** A limit below this would be reached by callbacks whose bodies come in two packets. */
const MIN_ARRIVING = 128;
/** Looking for the largest network takes as long as there are networks. */
const MAX_ARRIVING = 1_024;

interface ArrivingBody {
  giveUp: (reason: OssCallbackError) => void;
}

/**
 * Bodies of which bytes are still to come. They take none of the places of callbacks that are worked on, since anybody
 * can send half a body. Beyond a number of them, the network with the most gives up its oldest one: OSS sends head and
 * body together, so that its callbacks are always among the youngest, also where all requests come from one proxy.
 */
export class ArrivingBodies {
  private readonly networks = new Map<string, Set<ArrivingBody>>();
  private readonly log: OverloadLog;
  private readonly max: number;
  private count = 0;

  constructor(maxCallbacksInFlight: number) {
    this.max = Math.min(Math.max(maxCallbacksInFlight, MIN_ARRIVING), MAX_ARRIVING);
    this.log = new OverloadLog(
      (count) =>
        logText`OVERLOADED: ${count} callbacks were answered 503 while their bodies were arriving, because more than ${this.max} were`,
    );
  }

  /**
   * @param address of the sender
   * @param giveUp called at once where the body has to make room for another
   * @returns what to call when the body is there, or will not be
   */
  add(address: string | undefined, giveUp: (reason: OssCallbackError) => void): () => void {
    const network = networkOf(address ?? '');
    const body = { giveUp };
    const bodies = this.networks.get(network);
    if (bodies) bodies.add(body);
    else this.networks.set(network, new Set([body]));
    this.count += 1;
    if (this.count > this.max) this.makeRoom();
    return () => this.remove(network, body);
  }

  private makeRoom(): void {
    let most: [network: string, bodies: Set<ArrivingBody>] = ['', new Set()];
    for (const entry of this.networks) if (entry[1].size > most[1].size) most = entry;
    const [network, bodies] = most;
    const [oldest] = bodies;
    if (!oldest) return;
    this.remove(network, oldest);
    this.log.note();
    oldest.giveUp(
      new OssCallbackError('OVERLOADED', 'Too many callbacks at once.', {
        hint: logText`more than ${this.max} bodies are arriving, most of them from ${unquoted(network)}`,
      }),
    );
  }

  private remove(network: string, body: ArrivingBody): void {
    const bodies = this.networks.get(network);
    if (!bodies?.delete(body)) return;
    this.count -= 1;
    if (bodies.size === 0) this.networks.delete(network);
  }
}

/** What one sender has to himself: an IPv4 address, or the /64 of an IPv6 address. */
export function networkOf(address: string): string {
  const [, ipv4] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? [];
  if (ipv4 !== undefined || !address.includes(':')) return ipv4 ?? address;
  const [before = [], after = []] = address
    .split('::')
    .map((part) => (part === '' ? [] : part.split(':')));
  const zeros = Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  return [...before, ...zeros, ...after].slice(0, 4).join(':');
}
