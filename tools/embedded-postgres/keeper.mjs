// Runs the server on behalf of the process that wants it, and outlives that process just long
// enough to stop it. The end of stdin is the signal: it comes when the other side asks for it, and
// also when the other side is killed, which no exit handler would survive.
//
// A plain script, because it runs in a process of its own from the sources and from the build alike.
import { spawn } from 'node:child_process';
import { openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {object} KeeperOrder
 * @property {string} home the folder of this embedded PostgreSQL
 * @property {string} processSpace in which the keeper's process id is valid
 * @property {string} command the server
 * @property {string[]} commandArguments
 * @property {string} workingDirectory
 * @property {{ uid: number, gid: number } | null} user
 * @property {boolean} throwAway whether the folder goes when the server has stopped
 */

/** @type {KeeperOrder} */
const order = JSON.parse(process.argv[2]);
const GRACE_MS = 10_000;

// A Ctrl-C meant for the program must not take its database away before it has finished.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

const log = openSync(join(order.home, 'server.log'), 'w', 0o600);
const server = spawn(order.command, order.commandArguments, {
  ...order.user,
  cwd: order.workingDirectory,
  stdio: ['ignore', log, log],
  windowsHide: true,
});
server.on('error', (error) => {
  writeFileSync(log, `${error.message}\n`);
  finish(1);
});
server.on('exit', (code) => finish(code ?? 1));
writeFileSync(
  join(order.home, 'keeper.json'),
  JSON.stringify({ pid: process.pid, processSpace: order.processSpace }),
);

process.stdin.on('end', stop).on('error', stop).resume();

function stop() {
  // Nothing in a throw-away cluster is worth a checkpoint.
  server.kill(order.throwAway ? 'SIGQUIT' : 'SIGINT');
  setTimeout(() => server.kill('SIGQUIT'), GRACE_MS).unref();
}

/** @param {number} code */
function finish(code) {
  // The reader of a failed start still needs the log, so only a stopped server's folder goes here.
  if (order.throwAway && process.stdin.readableEnded) {
    rmSync(order.home, { recursive: true, force: true, maxRetries: 5 });
  } else {
    rmSync(join(order.home, 'keeper.json'), { force: true });
  }
  process.exit(code);
}
