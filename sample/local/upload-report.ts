import { subscribe } from 'node:diagnostics_channel';
import { OSS_CALLBACK_CHANNELS, type OssReconciliationMessage } from 'nestjs-oss-callback';
import type { UploadTrace, UploadTraces } from './upload-traces.js';

const NAME_WIDTH = 32;

/** Prints a line for each upload to the local OSS, once its uploader has been answered, with what happened to it. */
export function reportUploads(traces: UploadTraces, print: (line: string) => void): void {
  const printed = new WeakSet<UploadTrace>();
  traces.onStep((trace) => {
    if (trace.status === undefined || printed.has(trace)) return;
    printed.add(trace);
    print(lineOf(trace, trace.status));
  });
  subscribe(OSS_CALLBACK_CHANNELS.reconciliation, (message) => {
    const { outcomes } = message as OssReconciliationMessage;
    const found = Object.entries(outcomes).map(([outcome, count]) => `${count} ${outcome}`);
    if (found.length > 0) print(`${'reconciliation'.padEnd(NAME_WIDTH)}  ${found.join(', ')}`);
  });
}

function lineOf(trace: UploadTrace, status: number): string {
  const { name, object, steps, deliveries, startedAtMs } = trace;
  const texts = new Set(steps.map(({ step, code }) => (code ? `${step}: ${code}` : step)));
  const shown = [...texts];
  if (deliveries > 1) shown.push(`delivered ${deliveries}×, recorded once`);
  const tookMs = Date.now() - startedAtMs;
  return `${endOf(name ?? object).padEnd(NAME_WIDTH)}  ${shown.join(' → ')} → uploader gets ${status}, ${tookMs} ms`;
}

/** Of names and keys, the end tells uploads apart. */
function endOf(text: string): string {
  return text.length <= NAME_WIDTH ? text : `…${text.slice(1 - NAME_WIDTH)}`;
}
