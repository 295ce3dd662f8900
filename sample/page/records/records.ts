import { askApp } from '../app-api.js';
import { announce, find } from '../dom.js';
import { onLanguageChange, t, wordFor } from '../language/language.js';
import { watchRecords } from './live-records.js';
import { nameOf, type UploadRecord } from './record.js';
import { openRecord } from './record-dialog.js';
import { RecordFilter } from './record-filter.js';
import { showRecords } from './record-table.js';

const PAGE_SIZE = 10;
const FRESH_FOR_MS = 1_200;
/** Counting further takes longer than the figure is worth. */
const COUNT_AT_MOST = 10_000;

interface Page {
  uploads: UploadRecord[];
  nextCursor: string | null;
}

/** The list of records: filtered, page by page, and live on its first page. */
export class Records {
  private readonly filter = new RecordFilter(() => this.toFirstPage());
  private records: UploadRecord[] = [];
  private readonly fresh = new Set<string>();
  /** Of the pages before this one and of this one; the first page has none. */
  private cursors: (string | undefined)[] = [undefined];
  private nextCursor: string | null = null;
  private count = { count: 0, isExact: true };
  /** The latest question counts, whichever is answered last. */
  private asked = 0;

  start(): void {
    find('#newer').addEventListener('click', () => this.turn(() => this.cursors.pop()));
    find('#older').addEventListener('click', () =>
      this.turn(() => this.cursors.push(this.nextCursor ?? undefined)),
    );
    find('#new-records').addEventListener('click', () => this.toFirstPage());
    find('#close-record').addEventListener('click', () =>
      find('#record', HTMLDialogElement).close(),
    );
    onLanguageChange(() => this.show());
    watchRecords({
      onRecord: (record) => this.take(record),
      onReload: () => void this.load(),
    });
    void this.load();
  }

  private toFirstPage(): void {
    this.turn(() => (this.cursors = [undefined]));
  }

  private turn(move: () => void): void {
    move();
    void this.load();
  }

  private async load(): Promise<void> {
    this.asked += 1;
    const { asked } = this;
    const query = this.filter.toQuery();
    find('#csv', HTMLAnchorElement).href = `/records/export?format=csv&${query}`;
    const page = new URLSearchParams(query);
    page.set('limit', String(PAGE_SIZE));
    const cursor = this.cursors.at(-1);
    if (cursor !== undefined) page.set('cursor', cursor);
    const problem = find('#records-problem');
    try {
      const { uploads, nextCursor } = await askApp<Page>('GET', `/records?${page}`);
      // After the list, or a record that arrives in between would be in the list and never in the count.
      const count = await askApp<typeof this.count>(
        'GET',
        `/records/count?${query}&atMost=${COUNT_AT_MOST}`,
      );
      if (asked !== this.asked) return;
      problem.textContent = '';
      Object.assign(this, { records: uploads, nextCursor, count });
      find('#new-records').hidden = true;
      this.show();
    } catch (error) {
      if (asked === this.asked) problem.textContent = (error as Error).message;
    }
  }

  /** A record that is new, or has changed, as it is now. */
  private take(record: UploadRecord): void {
    const place = this.records.findIndex(({ id }) => id === record.id);
    const isNew = place === -1;
    if (isNew && !this.filter.fits(record)) return;
    if (isNew && this.cursors.length > 1) {
      find('#new-records').hidden = false;
      return;
    }
    if (isNew) {
      this.fresh.add(record.id);
      setTimeout(() => this.fresh.delete(record.id), FRESH_FOR_MS);
      announce(t('arrived', { name: nameOf(record), status: wordFor('status', record.status) }));
    } else if (this.filter.fits(record)) {
      this.records[place] = record;
      this.show();
      return;
    }
    // what comes in or goes out moves the others, and the count
    void this.load();
  }

  private show(): void {
    // keep the focus of a keyboard user
    const focused = document.activeElement?.closest<HTMLElement>('#record-rows tr')?.dataset.id;
    showRecords(this.records, this.fresh, openRecord);
    const isEmpty = this.records.length === 0;
    find('#no-records').hidden = !isEmpty || this.filter.isSet;
    find('#no-match').hidden = !isEmpty || !this.filter.isSet;
    if (focused) {
      find('#record-rows')
        .querySelector<HTMLElement>(`tr[data-id="${CSS.escape(focused)}"] button`)
        ?.focus();
    }
    const { count, isExact } = this.count;
    const text = isExact ? (count === 1 ? 'oneRecord' : 'recordCount') : 'recordCountAtLeast';
    find('#record-count').textContent = t(text, { count });
    const [isFirst, isLast] = [this.cursors.length === 1, this.nextCursor === null];
    find('#pager').hidden = isFirst && isLast;
    find('#newer', HTMLButtonElement).disabled = isFirst;
    find('#older', HTMLButtonElement).disabled = isLast;
    find('#page').textContent = t('page', { page: this.cursors.length });
  }
}
