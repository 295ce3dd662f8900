import { find } from '../dom.js';
import type { UploadRecord } from './record.js';

const NAMES = ['status', 'source', 'object', 'from', 'to'] as const;

/** The form above the list. What it says is what the app is asked, and what live records are held against. */
export class RecordFilter {
  private readonly form = find('#record-filter', HTMLFormElement);

  constructor(onChange: () => void) {
    this.form.addEventListener('change', onChange);
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      onChange();
    });
    this.form.addEventListener('reset', () => setTimeout(onChange)); // the fields are empty by then
  }

  /** The query that `GET /records` takes. */
  toQuery(): URLSearchParams {
    const query = new URLSearchParams();
    const values = this.values();
    for (const name of NAMES) if (values[name]) query.set(name, values[name]);
    if (values.from) query.set('from', startOfDay(values.from).toISOString());
    if (values.to) query.set('to', startOfDay(values.to, 1).toISOString());
    return query;
  }

  /** Whether it leaves anything out. */
  get isSet(): boolean {
    return Object.values(this.values()).some((value) => value !== '');
  }

  fits(record: UploadRecord): boolean {
    const { status, source, object, from, to } = this.values();
    const receivedAt = new Date(record.receivedAt);
    return (
      (!status || record.status === status) &&
      (!source || record.source === source) &&
      (!object || record.object === object) &&
      (!from || receivedAt >= startOfDay(from)) &&
      (!to || receivedAt < startOfDay(to, 1))
    );
  }

  private values(): Record<(typeof NAMES)[number], string> {
    const data = new FormData(this.form);
    const read = (name: string) => {
      const value = data.get(name);
      return typeof value === 'string' ? value.trim() : '';
    };
    return {
      status: read('status'),
      source: read('source'),
      object: read('object'),
      from: read('from'),
      to: read('to'),
    };
  }
}

/** @param day as a date field gives it, in the user's own time zone */
function startOfDay(day: string, daysLater = 0): Date {
  const date = new Date(`${day}T00:00`);
  date.setDate(date.getDate() + daysLater);
  return date;
}
