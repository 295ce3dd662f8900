import { describe, expect, it } from 'vitest';
import { OSS_CALLBACK_ERROR_STATUS } from '../../src/common/errors.js';
import { readDocument, tableRows } from './document-tables.js';

describe.each(['docs/errors.md', 'docs/errors.zh-CN.md'])('%s', (document) => {
  const rows = tableRows(readDocument(document));

  it('has every code with its status, and no other', () => {
    const written = rows.map(({ name, cells }) => [name, Number(cells[1])]);
    expect(Object.fromEntries(written)).toEqual(OSS_CALLBACK_ERROR_STATUS);
    expect(written).toHaveLength(Object.keys(OSS_CALLBACK_ERROR_STATUS).length);
  });

  it.each(rows.map(({ name, cells }) => [name, cells] as const))(
    'says what %s means, its cause and its fix',
    (_name, cells) => {
      expect(cells).toHaveLength(5);
      for (const cell of cells.slice(2)) expect(cell).toMatch(/[.。]$/);
    },
  );
});
