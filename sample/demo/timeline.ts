import { subscribe } from 'node:diagnostics_channel';
import { type CallbackStepMessage, OSS_CALLBACK_CHANNEL } from 'nestjs-oss-callback';
import type { OssSimulator } from 'nestjs-oss-callback/simulator';

/** The steps of an upload, in the order in which they happen. */
export const STEPS = [
  'authorised',
  'stored',
  'called back',
  'verified',
  'confirmed',
  'recorded',
  'answered',
] as const;

export type Step = (typeof STEPS)[number];

/** Prints each step of the upload under way as it happens, with the time since its start. */
export class Timeline {
  private startedAt = 0;
  private seen: Step[] = [];

  constructor(oss: OssSimulator) {
    oss.events.on('stored', () => this.mark('stored'));
    oss.events.on('callback', () => this.mark('called back'));
    oss.events.on('callback-answered', ({ answer, failure }) => {
      if (failure) console.log(`  callback failed  ${failure.message}`);
      else this.mark('answered', answer?.body.toString('utf8'));
    });
    subscribe(OSS_CALLBACK_CHANNEL, (message) => {
      const { step, code } = message as CallbackStepMessage;
      if (step === 'refused') console.log(`  refused  ${code}`);
      else if (step !== 'answered') this.mark(step);
    });
  }

  start(title: string): void {
    console.log(`\n${title}`);
    this.seen = [];
    this.startedAt = performance.now();
  }

  mark(step: Step, detail = ''): void {
    this.seen.push(step);
    const elapsedMs = (performance.now() - this.startedAt).toFixed(1).padStart(7);
    console.log(`  ${step.padEnd(12)}${elapsedMs} ms  ${detail}`.trimEnd());
  }

  /** The steps that did not happen once and in their order. */
  get isComplete(): boolean {
    return this.seen.join() === STEPS.join();
  }
}
