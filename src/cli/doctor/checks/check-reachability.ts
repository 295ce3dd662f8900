import { once } from 'node:events';
import { connect } from 'node:net';
import { withoutBrackets } from '../network/addresses.js';
import { reasonOf } from '../../../common/error-text.js';
import { withinTime } from '../../../common/within-time.js';
import type { DoctorReport } from '../report.js';

/** Opens a TCP connection to the host of the callback URL. @returns whether that succeeded */
export async function checkReachability(
  { hostname, port, timeoutMs }: { hostname: string; port: number; timeoutMs: number },
  report: DoctorReport,
): Promise<boolean> {
  const id = 'reachability';
  const host = withoutBrackets(hostname);
  report.progress(`connecting to ${host}:${port}`);
  const problem = await tryToConnect(host, port, timeoutMs);
  if (problem === undefined) {
    report.ok(
      id,
      `${host}:${port} accepts connections from this machine. Run with --live to see whether OSS gets through.`,
    );
    return true;
  }
  report.failed(
    id,
    `${host}:${port} does not accept connections: ${problem}.`,
    'Start the app and its proxy, correct the port in OSS_PUBLIC_URL, and open the port in the firewall or security group.',
  );
  return false;
}

async function tryToConnect(
  host: string,
  port: number,
  timeoutMs: number,
): Promise<string | undefined> {
  const socket = connect({ host, port });
  try {
    await withinTime(once(socket, 'connect'), timeoutMs);
    return undefined;
  } catch (error) {
    return reasonOf(error);
  } finally {
    socket.destroy();
  }
}
