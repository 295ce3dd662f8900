import { askApp } from '../app-api.js';
import { create, find } from '../dom.js';
import { formatSize, formatTime, wordFor } from '../format.js';
import { t } from '../language/language.js';
import { nameOf, type UploadRecord } from './record.js';
import { statusBadge } from './record-table.js';

/** Shows all of a record, by the names that it has in `OssUpload`. */
export function openRecord(record: UploadRecord): void {
  const dialog = find('#record', HTMLDialogElement);
  find('#record-name').textContent = nameOf(record);
  const list = find('#record-fields');
  list.replaceChildren(
    ...Object.entries(record).flatMap(([name, value]) => [
      create('dt', {}, name),
      create('dd', {}, show(name, value)),
    ]),
  );
  dialog.showModal();
  void showOwnTable(record, list);
}

/** Whether the app's handler has run: it writes a row of its own. */
async function showOwnTable({ id }: UploadRecord, list: HTMLElement): Promise<void> {
  const text = await askApp<{ name: string }>('GET', `/files/${encodeURIComponent(id)}`).then(
    ({ name }) => `${t('yes')}: ${name}`,
    () => t('no'),
  );
  list.prepend(create('dt', {}, t('ownTable')), create('dd', { id: 'own-table' }, text));
}

function show(name: string, value: unknown): Node | string {
  if (value === null || value === undefined) return '–';
  if (name === 'status') return statusBadge(value as string);
  if (name === 'source') return wordFor('source', value as string);
  if (name === 'size') return `${JSON.stringify(value)} (${formatSize(value as number)})`;
  if (name === 'lastModified' || name.endsWith('At')) return formatTime(value as string, 'exact');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
