import { Controller, Get, Post, UseGuards } from '@nestjs/common';
import { OssCallback, OssCallbackGuard, type OssCallbackOptions } from '../../src/index.js';
import { localOssOf } from '../support/oss-callbacks.js';
import type { PlatformName } from '../support/platforms.js';
import { type RawResponse } from '../support/raw-http.js';
import { startOss, startTestApp, type TestApp, type TestAppOptions } from '../support/test-app.js';

/** Where callbacks wait until a test lets them go on. */
export class Gate {
  private waiting: (() => void)[] = [];
  private arrived: (() => void)[] = [];
  isOpen = true;

  async pass(): Promise<void> {
    if (this.isOpen) return;
    const waits = new Promise<void>((resolve) => this.waiting.push(resolve));
    for (const notify of this.arrived.splice(0)) notify();
    await waits;
  }

  close(): void {
    this.isOpen = false;
  }

  open(): void {
    this.isOpen = true;
    for (const resume of this.waiting.splice(0)) resume();
  }

  /** Until this many wait. */
  async holds(count: number): Promise<void> {
    while (this.waiting.length < count) {
      await new Promise<void>((resolve) => this.arrived.push(resolve));
    }
  }
}

export interface GatedApp extends TestApp {
  gate: Gate;
}

/** An app whose callbacks wait at a gate while they are answered. */
export async function startGatedApp(
  platform: PlatformName,
  options: Partial<OssCallbackOptions>,
  more: Partial<TestAppOptions> = {},
): Promise<GatedApp> {
  const gate = new Gate();

  @Controller()
  class GatedController {
    @OssCallback('oss/callback')
    async answer() {
      await gate.pass();
      return { taken: true };
    }

    @Post('guarded')
    @UseGuards(OssCallbackGuard)
    async guarded() {
      await gate.pass();
      return { taken: true };
    }

    @Get('alive')
    alive() {
      return 'yes';
    }
  }

  const oss = await startOss();
  const world = await startTestApp({
    platform,
    controllers: [GatedController],
    oss,
    options: { localOss: localOssOf(oss), confirmObject: 'never', ...options },
    ...more,
  });
  const stop = async () => {
    gate.open();
    await world.stop();
    await oss.stop();
  };
  return { ...world, gate, stop };
}

export function outcomeOf(response: RawResponse): [number, unknown] {
  return [response.status, response.json()];
}
