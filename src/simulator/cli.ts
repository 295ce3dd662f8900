#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { messageOf } from '../common/error-text.js';
import { HELP, readCommand } from './cli-options.js';
import { DEFAULT_CREDENTIALS, type OssSimulatorOptions } from './options.js';
import { OssSimulator } from './oss-simulator.js';

const command = readCommand(process.argv.slice(2));
if (command.run === 'serve') await serve(command.options, command.quiet);
else if (command.run === 'reject') {
  console.error(`${command.problem}\nTry: oss-simulator --help`);
  process.exitCode = 2;
} else if (command.run === 'version') console.log(version());
else process.stdout.write(HELP);

async function serve(options: OssSimulatorOptions, quiet: boolean): Promise<void> {
  const log = (line: string) => console.log(`${new Date().toISOString()} ${line}`);
  const simulator = new OssSimulator({ ...options, ...(quiet ? {} : { log }) });
  try {
    await simulator.start();
  } catch (error) {
    console.error(`The local OSS could not start: ${messageOf(error)}`);
    process.exitCode = 1;
    return;
  }
  console.log(startLines(simulator).join('\n'));
  // A second signal ends the process immediately.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end());
  const end = async () => {
    await simulator.stop();
    process.exitCode = 0;
  };
}

function startLines(simulator: OssSimulator): string[] {
  const { credentials, control } = simulator;
  const [first] = credentials;
  return [
    `The local OSS listens on ${simulator.url}`,
    `  access key id    ${first?.accessKeyId ?? 'none'}`,
    ...(first === DEFAULT_CREDENTIALS ? [`  its secret       ${first.accessKeySecret}`] : []),
    `  public key       ${simulator.publicKeyUrl}`,
    control
      ? `  control address  ${control.url}\n  control token    ${control.token}`
      : '  control address  off: not listening on a loopback address',
  ];
}

function version(): string {
  // Seen from dist/src/simulator.
  const manifest = new URL('../../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
