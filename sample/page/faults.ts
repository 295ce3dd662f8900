import { askApp, Refused } from './app-api.js';
import { find } from './dom.js';

type Faults = Record<string, boolean>;

/** The switches for what goes wrong with the next callback. With a real OSS there are none. */
export class FaultSwitches {
  private readonly group = find('#faults');

  constructor() {
    for (const input of this.inputs()) {
      input.addEventListener('change', () => {
        const path = `/local/faults/${input.value}`;
        void askApp<Faults>(input.checked ? 'PUT' : 'DELETE', path).then(
          (faults) => this.show(faults),
          () => this.refresh(),
        );
      });
    }
  }

  /** Shows which are on: each goes off when it has struck. */
  async refresh(): Promise<void> {
    try {
      this.show(await askApp<Faults>('GET', '/local/faults'));
    } catch (error) {
      if (error instanceof Refused && error.status === 404) this.group.hidden = true;
    }
  }

  private show(faults: Faults): void {
    this.group.hidden = false;
    for (const input of this.inputs()) input.checked = faults[input.value] ?? false;
  }

  private inputs() {
    return this.group.querySelectorAll('input');
  }
}
