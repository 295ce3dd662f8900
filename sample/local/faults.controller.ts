import { Controller, Delete, Get, NotFoundException, Param, Put, UseGuards } from '@nestjs/common';
import { type Fault, OssSimulator } from 'nestjs-oss-callback/simulator';
import { SessionGuard } from '../session/session.guard.js';

/** What may happen to the next callback, by the names that the page has for it. */
const FAULTS = new Map<string, Fault>([
  ['drop', { at: 'callback', effect: 'drop' }],
  ['delay', { at: 'callback', effect: 'delay', delayMs: 3_000 }],
  ['double', { at: 'callback', effect: 'deliver-twice' }],
]);

/** Switches for the local OSS. Each strikes once and is off again. */
@Controller('local/faults')
@UseGuards(SessionGuard)
export class FaultsController {
  private readonly takeBack = new Map<string, () => void>();

  constructor(private readonly oss: OssSimulator) {}

  @Get()
  list(): Record<string, boolean> {
    const { pending } = this.oss.faults;
    return Object.fromEntries([...FAULTS].map(([name, fault]) => [name, pending.includes(fault)]));
  }

  @Put(':name')
  switchOn(@Param('name') name: string) {
    const fault = faultOf(name);
    if (!this.oss.faults.pending.includes(fault)) {
      this.takeBack.set(name, this.oss.faults.inject(fault));
    }
    return this.list();
  }

  @Delete(':name')
  switchOff(@Param('name') name: string) {
    this.takeBack.get(name)?.();
    return this.list();
  }
}

function faultOf(name: string): Fault {
  const fault = FAULTS.get(name);
  if (fault) return fault;
  throw new NotFoundException(`There is no fault "${name}".`);
}
