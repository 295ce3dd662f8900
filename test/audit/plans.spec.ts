import { beforeAll, expect, it } from 'vitest';
import { auditQuestions } from '../../bench/storage/audit-questions.js';
import { fillUploads } from '../../bench/storage/fill-uploads.js';
import { readPlan } from '../../bench/storage/read-plans.js';
import { createAuditWorld } from './audit-world.js';
import { useWorld } from '../support/test-app.js';

// The short form of bench/storage.ts: pages that were read, and no times.
const few = useWorld(createAuditWorld);
const many = useWorld(createAuditWorld);

beforeAll(async () => {
  await fillUploads(few.dataSource, 10_000);
  await fillUploads(many.dataSource, 100_000);
});

it.each(auditQuestions)('$name: no more pages in a table ten times as large', async (question) => {
  const small = await readPlan(few.dataSource, question);
  const large = await readPlan(many.dataSource, question);
  expect(large.rows).toBe(small.rows);
  expect(large.rows).toBeGreaterThan(20);
  expect(large.pages).toBeLessThanOrEqual(small.pages * 1.5 + 16);
  // one page of the table for each row at the most, and the way down the indexes
  expect(large.pages).toBeLessThanOrEqual(large.rows + 50);
  expect(large.scans.join()).not.toContain('Seq Scan');
});
