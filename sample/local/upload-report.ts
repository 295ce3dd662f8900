import { subscribe } from 'node:diagnostics_channel';
import {
  type CallbackStepMessage,
  OSS_CALLBACK_CHANNEL,
  OSS_CALLBACK_CHANNELS,
  type OssReconciliationMessage,
} from 'nestjs-oss-callback';
import type { OssSimulator } from 'nestjs-oss-callback/simulator';

interface UploadUnderWay {
  requestId: string;
  startedAtMs: number;
  steps: string[];
  deliveries: number;
}

const NAME_WIDTH = 32;

/** Prints a line for each upload to the local OSS, once its uploader has been answered, with what happened to it. */
export function reportUploads(oss: OssSimulator, print: (line: string) => void): void {
  const uploads = new Map<string, UploadUnderWay>();
  const note = (object: string | undefined, step: string) =>
    uploads.get(object ?? '')?.steps.push(step);

  oss.events.on('stored', ({ requestId, object: { object } }) => {
    const startedAtMs = performance.now();
    uploads.set(object, { requestId, startedAtMs, steps: ['stored'], deliveries: 0 });
  });
  oss.events.on('callback', ({ object }) => {
    const upload = uploads.get(object);
    if (upload) upload.deliveries += 1;
    note(object, 'called back');
  });
  subscribe(OSS_CALLBACK_CHANNEL, (message) => {
    const { step, object, code } = message as CallbackStepMessage;
    note(object, step === 'refused' ? `refused: ${code}` : step);
  });
  oss.events.on('request', ({ requestId, status }) => {
    for (const [object, upload] of uploads) {
      if (upload.requestId !== requestId) continue;
      uploads.delete(object);
      print(lineOf(object, upload, status));
    }
  });
  subscribe(OSS_CALLBACK_CHANNELS.reconciliation, (message) => {
    const { outcomes } = message as OssReconciliationMessage;
    const found = Object.entries(outcomes).map(([outcome, count]) => `${count} ${outcome}`);
    if (found.length > 0) print(`${'reconciliation'.padEnd(NAME_WIDTH)}  ${found.join(', ')}`);
  });
}

function lineOf(object: string, upload: UploadUnderWay, status: number): string {
  const { steps, deliveries, startedAtMs } = upload;
  const shown =
    deliveries > 1 ? [...new Set(steps), `delivered ${deliveries}×, recorded once`] : steps;
  if (deliveries === 0 && status === 203) shown.push('callback lost');
  const tookMs = Math.round(performance.now() - startedAtMs);
  return `${nameOf(object).padEnd(NAME_WIDTH)}  ${shown.join(' → ')} → uploader gets ${status}, ${tookMs} ms`;
}

/** The end of a key, which tells uploads apart. */
function nameOf(object: string): string {
  return object.length <= NAME_WIDTH ? object : `…${object.slice(1 - NAME_WIDTH)}`;
}
