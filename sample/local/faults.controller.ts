import { Controller, Delete, Get, NotFoundException, Param, Put, UseGuards } from '@nestjs/common';
import { type Fault, OssSimulator } from 'nestjs-oss-callback/simulator';
import { SessionGuard } from '../session/session.guard.js';
import { Forgeries } from './forgeries.js';

/** What may happen to the next callback, by the names that the page has for it. */
const FAULTS = new Map<string, Fault>([
  ['drop', { at: 'callback', effect: 'drop' }],
  ['delay', { at: 'callback', effect: 'delay', delayMs: 3_000 }],
  ['double', { at: 'callback', effect: 'deliver-twice' }],
]);

/** Forged callbacks follow the next genuine one. */
const FORGE = 'forge';

/** Switches for the local OSS. Each strikes once and is off again. */
@Controller('local/faults')
@UseGuards(SessionGuard)
export class FaultsController {
  private readonly takeBack = new Map<string, () => void>();

  constructor(
    private readonly oss: OssSimulator,
    private readonly forgeries: Forgeries,
  ) {}

  @Get()
  list(): Record<string, boolean> {
    const { pending } = this.oss.faults;
    const faults = [...FAULTS].map(([name, fault]) => [name, pending.includes(fault)] as const);
    return { ...Object.fromEntries(faults), [FORGE]: this.forgeries.isOn };
  }

  @Put(':name')
  switchOn(@Param('name') name: string) {
    if (name === FORGE) {
      this.forgeries.isOn = true;
      return this.list();
    }
    const fault = faultOf(name);
    if (!this.oss.faults.pending.includes(fault)) {
      this.takeBack.set(name, this.oss.faults.inject(fault));
    }
    return this.list();
  }

  @Delete(':name')
  switchOff(@Param('name') name: string) {
    if (name === FORGE) this.forgeries.isOn = false;
    this.takeBack.get(name)?.();
    return this.list();
  }
}

function faultOf(name: string): Fault {
  const fault = FAULTS.get(name);
  if (fault) return fault;
  throw new NotFoundException(`There is no fault "${name}".`);
}
