import { find } from '../dom.js';
import { onLanguageChange, t } from '../language/language.js';
import type { UploadRecord } from './record.js';

export interface LiveListener {
  /** A record that is new, or has changed. */
  onRecord: (record: UploadRecord) => void;
  /** From now on every change is told, or more happened than could be told: read the list. */
  onReload: () => void;
}

/** The app's server-sent events. The browser connects again by itself. */
export function watchRecords({ onRecord, onReload }: LiveListener): void {
  const events = new EventSource('/records/live');
  const sign = find('#live');
  const show = () => {
    const isLive = sign.classList.contains('is-live');
    sign.textContent = t(isLive ? 'live' : 'notLive');
  };
  const become = (isLive: boolean) => {
    sign.classList.toggle('is-live', isLive);
    show();
  };
  events.addEventListener('ready', () => {
    become(true);
    onReload();
  });
  events.addEventListener('missed', onReload);
  events.addEventListener('upload', (event) => {
    onRecord(JSON.parse((event as MessageEvent<string>).data) as UploadRecord);
  });
  events.addEventListener('error', () => become(false));
  onLanguageChange(show);
  become(false);
}
