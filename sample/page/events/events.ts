import { badge, create, cutInTheMiddle, find } from '../dom.js';
import { formatTime } from '../format.js';
import type { TextKey } from '../language/en.js';
import { onLanguageChange, t, wordFor } from '../language/language.js';
import type { Forgery, Trace } from './trace.js';

const MOST = 8;
const BAD = new Set(['refused', 'callback lost', 'failed']);
const GOOD = new Set(['handled', 'answered', 'found']);

/**
 * What happens to each upload, as it happens, and the forged callbacks that were refused: server-sent events. With a
 * real OSS there are none, and the section stays hidden.
 */
export class Events {
  private readonly traces = new Map<string, Trace>();
  private forgeries: Forgery[] = [];

  start(): void {
    const events = new EventSource('/local/events');
    events.addEventListener('open', () => {
      // what is kept is told again
      this.traces.clear();
      this.forgeries = [];
      find('#events').hidden = false;
      this.show();
    });
    events.addEventListener('trace', ({ data }: MessageEvent<string>) => {
      const trace = JSON.parse(data) as Trace;
      this.traces.set(trace.uploadId, trace);
      this.show();
    });
    events.addEventListener('forgery', ({ data }: MessageEvent<string>) => {
      this.forgeries.push(JSON.parse(data) as Forgery);
      this.show();
    });
    onLanguageChange(() => this.show());
  }

  private show(): void {
    const traces = [...this.traces.values()].slice(-MOST).toReversed();
    find('#traces').replaceChildren(
      ...(traces.length > 0 ? traces.map(traceItem) : [emptyItem('noTraces')]),
    );
    const forgeries = this.forgeries.slice(-MOST).toReversed();
    find('#forgeries').replaceChildren(
      ...(forgeries.length > 0 ? forgeries.map(forgeryItem) : [emptyItem('noForgeries')]),
    );
  }
}

function traceItem({ name, object, steps, deliveries, status }: Trace): HTMLElement {
  const head = create('div', { class: 'trace-head' }, cutInTheMiddle(name ?? object, 'trace-name'));
  if (deliveries > 1) {
    head.append(badge('waiting', t('deliveredTwice', { count: deliveries })));
  }
  const last = steps.at(-1)?.step;
  if (last === 'callback lost') head.append(badge('waiting', t('waiting')));
  else if (status === 203 && last === 'handled') head.append(badge('good', t('foundAfterLoss')));
  const line = create('ol', { class: 'steps' });
  for (const { step, atMs, code } of steps) line.append(stepItem(step, atMs, code));
  return create('li', {}, head, line);
}

function stepItem(step: string, atMs: number, code?: string): HTMLElement {
  const look = BAD.has(step) ? 'bad' : GOOD.has(step) ? 'good' : '';
  const words = wordFor('step', step);
  const item = create('li', { class: look }, code ? `${words}: ${code}` : words);
  item.append(create('span', { class: 'at' }, t('milliseconds', { count: atMs })));
  return item;
}

function forgeryItem({ kind, atMs, status, code, message }: Forgery): HTMLElement {
  const time = formatTime(new Date(atMs).toISOString());
  return create(
    'li',
    {},
    create(
      'div',
      { class: 'trace-head' },
      create('span', {}, wordFor('forgery', kind)),
      badge('bad', `${status} ${code}`),
    ),
    create(
      'p',
      { class: 'refusal' },
      wordFor('refusal', code, message),
      create('span', { class: 'at' }, time),
    ),
  );
}

function emptyItem(text: TextKey): HTMLElement {
  return create('li', { class: 'empty' }, t(text));
}
