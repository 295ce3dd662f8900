import { askApp } from '../app-api.js';
import { create, find } from '../dom.js';
import { t } from '../language/language.js';
import { nameOf, type UploadRecord } from './record.js';
import { detailsOf } from './record-details.js';

/** Shows all of a record: in groups with words for each field, and below them as the app's JSON has it. */
export function openRecord(record: UploadRecord): void {
  const dialog = find('#record', HTMLDialogElement);
  find('#record-name').textContent = nameOf(record);
  const groups = detailsOf(record).map(({ title, details }) => {
    const list = create('dl');
    for (const [label, value] of details) {
      list.append(create('dt', {}, label), create('dd', {}, value));
    }
    return create('section', {}, create('h3', {}, t(title)), list);
  });
  find('#record-fields').replaceChildren(...groups);
  find('#record-json').textContent = JSON.stringify(record, undefined, 2);
  find('#record details', HTMLDetailsElement).open = false;
  dialog.showModal();
  void showOwnTable(record, groups[0]!.querySelector('dl')!);
}

/** Whether the app's handler has run: it writes a row of its own. */
async function showOwnTable({ id }: UploadRecord, list: HTMLElement): Promise<void> {
  const text = await askApp<{ name: string }>('GET', `/files/${encodeURIComponent(id)}`).then(
    ({ name }) => `${t('yes')}: ${name}`,
    () => t('no'),
  );
  list.append(create('dt', {}, t('ownTable')), create('dd', { id: 'own-table' }, text));
}
