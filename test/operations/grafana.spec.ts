import { readFileSync } from 'node:fs';
import * as library from 'prom-client';
import { describe, expect, it } from 'vitest';
import { OSS_CALLBACK_ERROR_STATUS } from '../../src/common/errors.js';
import { handlersChannel, publish, reconciliationChannel } from '../../src/common/channels.js';
import type { Backlog } from '../../src/operations/backlog.js';
import { BacklogGauges } from '../../src/operations/metrics/backlog-gauges.js';
import { CallbackMetrics } from '../../src/operations/metrics/callback-metrics.js';
import type { MetricsLibrary } from '../../src/operations/metrics/metrics-library.js';

const read = (file: string) =>
  readFileSync(new URL(`../../docs/grafana/${file}`, import.meta.url), 'utf8');

interface Panel {
  id: number;
  type: string;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { expr: string; refId: string }[];
}

const dashboard = JSON.parse(read('dashboard.json')) as {
  panels: Panel[];
  templating: { list: { name: string; query: string | { query: string } }[] };
};
const alerts = read('alerts.yml');

const PREFIX = 'oss_callback_';

/** The metrics of the package, as an app's registry has them. */
async function startMetrics() {
  const registry = new library.Registry();
  const metrics = new CallbackMetrics(library as unknown as MetricsLibrary, registry, PREFIX);
  metrics.start();
  const backlog = { ages: async () => ({}) } as unknown as Backlog;
  new BacklogGauges(library as unknown as MetricsLibrary, registry, PREFIX, backlog).start();
  const all = await registry.getMetricsAsJSON();
  return { registry, all, stop: () => metrics.stop() };
}

/** Every name of a series, as Prometheus stores it, with the labels that it has. */
async function seriesWithLabels(): Promise<Map<string, readonly string[]>> {
  const { registry, all, stop } = await startMetrics();
  stop();
  const entries = all.flatMap(({ name, type }) => {
    const { labelNames } = registry.getSingleMetric(name) as unknown as { labelNames: string[] };
    const isHistogram = (type as unknown) === 'histogram' || String(type) === '2';
    const names = isHistogram ? ['_bucket', '_sum', '_count'].map((end) => name + end) : [name];
    return names.map((each) => [each, [...labelNames, 'le', 'job']] as const);
  });
  return new Map(entries);
}

const known: Record<string, readonly string[]> = {
  outcome: [
    ...Object.keys(OSS_CALLBACK_ERROR_STATUS),
    'completed',
    'received',
    'failed',
    'abandoned',
    'rejected',
    'lost',
    'ambiguous',
    'expired',
    'pending',
    'unavailable',
    'unresolved',
    'fetched',
  ],
  result: ['ok', 'failed'],
  job: ['$job'],
};

const panels = dashboard.panels.filter(({ type }) => type !== 'row');
const expressions = {
  'the dashboard': panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
  'the alerts': [...alerts.matchAll(/^ +expr: (.*)$/gm)].map(([, expr = '']) => expr),
};

describe.each(Object.entries(expressions))('%s', (_what, all) => {
  it.each(all)(
    'asks for a metric with labels and values that there are: %s',
    async (expression) => {
      const series = await seriesWithLabels();
      const selectors = [...expression.matchAll(/\b(oss_\w+)(?:\{([^}]*)\})?/g)];
      expect(selectors.length).toBeGreaterThan(0);
      for (const [, name = '', matchers = ''] of selectors) {
        expect([...series.keys()]).toContain(name);
        const labels = [...matchers.matchAll(/(\w+)(?:=~?)"([^"]*)"/g)];
        expect(labels.map(([text]) => text).join(',')).toBe(matchers);
        for (const [, label = '', values = ''] of labels) {
          expect(series.get(name)).toContain(label);
          expect(known[label]).toEqual(expect.arrayContaining(values.split('|')));
        }
        const grouped = [...expression.matchAll(/by \(([^)]*)\)/g)].flatMap(([, by = '']) =>
          by.split(', '),
        );
        expect(series.get(name)).toEqual(expect.arrayContaining(grouped));
      }
    },
  );
});

it('the dashboard shows every metric', async () => {
  const shown = expressions['the dashboard'].join('\n');
  const { all, stop } = await startMetrics();
  stop();
  expect(all.map(({ name }) => name).filter((name) => !shown.includes(name))).toEqual([]);
});

it('the panels of the dashboard have ids and places of their own', () => {
  const { panels: placed } = dashboard;
  expect(new Set(placed.map(({ id }) => id)).size).toBe(placed.length);
  for (const { title, gridPos: one } of placed) {
    expect(title).not.toBe('');
    expect(one.x + one.w).toBeLessThanOrEqual(24);
    for (const { gridPos: other } of placed) {
      const apart =
        one === other ||
        one.x + one.w <= other.x ||
        other.x + other.w <= one.x ||
        one.y + one.h <= other.y ||
        other.y + other.h <= one.y;
      expect(apart, title).toBe(true);
    }
  }
});

it('each alert has a name of its own, a severity and what to do', () => {
  const rules = alerts.split(/^ {6}- alert: /m).slice(1);
  expect(new Set(rules.map((rule) => rule.split('\n', 1)[0])).size).toBe(rules.length);
  expect(rules.length).toBe(expressions['the alerts'].length);
  for (const rule of rules) {
    expect(rule).toMatch(/\n {10}severity: (critical|warning)\n/);
    expect(rule).toMatch(/\n {10}summary: \S.*\n {10}description: \S.*/);
  }
});

it('what is rare has been 0 before, so that the first is an increase', async () => {
  const { registry, stop } = await startMetrics();
  const value = async (line: string) =>
    (await registry.metrics()).split('\n').find((each) => each.startsWith(`${PREFIX}${line} `));
  const abandoned = 'handlers_duration_seconds_count{outcome="abandoned"}';
  const unresolved = 'reconciled_uploads_total{outcome="unresolved"}';
  const failed = 'reconciliation_duration_seconds_count{result="failed"}';
  for (const line of [abandoned, unresolved, failed]) expect(await value(line)).toMatch(/ 0$/);
  publish(handlersChannel, () => ({
    outcome: 'abandoned' as const,
    durationMs: 1,
    uploadId: 'id',
    attempt: 1,
  }));
  publish(reconciliationChannel, () => ({ ok: false, durationMs: 1, outcomes: { unresolved: 2 } }));
  expect(await value(abandoned)).toMatch(/ 1$/);
  expect(await value(unresolved)).toMatch(/ 2$/);
  expect(await value(failed)).toMatch(/ 1$/);
  stop();
});
