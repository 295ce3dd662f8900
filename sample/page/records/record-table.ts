import { badge, create, cutInTheMiddle, find } from '../dom.js';
import { formatSize, formatTime } from '../format.js';
import type { TextKey } from '../language/en.js';
import { t, wordFor } from '../language/language.js';
import { imageSizeOf, nameOf, type UploadRecord } from './record.js';

const LOOKS: Readonly<Record<string, 'good' | 'waiting' | 'bad'>> = {
  completed: 'good',
  received: 'waiting',
  failed: 'bad',
  abandoned: 'bad',
  rejected: 'bad',
};

/** How a status looks, here and in the dialog. */
export function statusBadge(status: string): HTMLElement {
  return badge(LOOKS[status] ?? 'plain', wordFor('status', status));
}

/**
 * Puts the records into the table.
 * @param fresh ids of those that have just arrived
 */
export function showRecords(
  records: readonly UploadRecord[],
  fresh: ReadonlySet<string>,
  open: (record: UploadRecord) => void,
): void {
  find('#record-rows').replaceChildren(
    ...records.map((record) => toRow(record, fresh.has(record.id), open)),
  );
}

function toRow(
  record: UploadRecord,
  isFresh: boolean,
  open: (record: UploadRecord) => void,
): HTMLElement {
  const name = nameOf(record);
  const button = create(
    'button',
    { type: 'button', class: 'link', 'aria-label': t('openRecord', { name }) },
    cutInTheMiddle(name, 'name'),
  );
  button.addEventListener('click', () => open(record));
  const file = create('div', { class: 'file' }, button, cutInTheMiddle(record.object, 'key'));
  const type = create('div', {}, cutInTheMiddle(record.mimeType ?? '', 'mime-type'));
  type.append(create('span', { class: 'image-size' }, imageSizeOf(record)));
  return create(
    'tr',
    { role: 'row', ...(isFresh ? { class: 'fresh' } : {}), 'data-id': record.id },
    cell('file', file),
    cell('size', formatSize(record.size), 'number'),
    cell('type', type),
    cell('source', wordFor('source', record.source)),
    cell('status', statusBadge(record.status)),
    cell('time', formatTime(record.receivedAt), 'number'),
  );
}

function cell(column: TextKey, content: Node | string, look = ''): HTMLElement {
  return create(
    'td',
    { role: 'cell', 'data-column': t(column), class: `column-${column} ${look}`.trim() },
    content,
  );
}
