// The dashboards for Grafana and the recording rules use metrics and labels that exist, in expressions that Prometheus reads.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const FOLDER = 'docs/grafana';
const RULES = 'docs/recording.rules.yml';
const hasPromtool = spawnSync('promtool', ['--version']).error === undefined;
if (!hasPromtool) console.log('skipped: promtool is not installed (apt-get install prometheus)');

const DASHBOARD = z.object({
  uid: z.string(),
  templating: z.object({ list: z.array(z.object({ name: z.string(), query: z.string() })) }),
  panels: z.array(
    z.object({
      id: z.int(),
      title: z.string(),
      description: z.string(),
      gridPos: z.object({ x: z.int(), y: z.int(), w: z.int(), h: z.int() }),
      datasource: z.object({ uid: z.literal(['$', '{datasource}'].join('')) }),
      targets: z.array(z.object({ expr: z.string(), legendFormat: z.string() })).min(1),
    }),
  ),
});
type Dashboard = z.infer<typeof DASHBOARD>;

const names = readdirSync(FOLDER).sort();
const dashboardOf = (name: string): Dashboard =>
  DASHBOARD.parse(JSON.parse(readFileSync(join(FOLDER, name), 'utf8')));

/** Labels by metric, of the generated table; every series has those of the scrape. */
const documented = new Map(
  [...readFileSync('docs/metrics.md', 'utf8').matchAll(/^\| `(wiretally_\w+)` \| \w+ \| (.*?) \|/gm)].map(
    ([, name = '', labels = '']) => [
      name,
      new Set(['instance', 'job', ...[...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label)]),
    ],
  ),
);
const recorded = new Map(
  [...readFileSync(RULES, 'utf8').matchAll(/- record: ((\w+):[\w:]+)\n\s+expr: >-\n((?:\s{10}.*\n)+)/g)].map(
    ([, name = '', label = '', expr = '']) => [name, { labels: new Set(label.split('_')), expr }],
  ),
);

/** What an expression reads: metrics and recorded series, with the labels that it asks of each. */
const readBy = (expr: string): { metric: string; labels: string[] }[] =>
  [...expr.matchAll(/((?:\w+:)?wiretally_\w+(?::\w+)?)(?:\{([^}]*)\})?/g)].map(
    ([, metric = '', selector = '']) => ({
      metric,
      labels: [...selector.matchAll(/(\w+)\s*[=!]/g)].map(([, label = '']) => label),
    }),
  );
const groupedIn = (expr: string): string[] =>
  [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/, */));

function checkExpression(expr: string): void {
  const read = readBy(expr);
  expect(read, expr).not.toHaveLength(0);
  for (const { metric, labels } of read) {
    const known = documented.get(metric) ?? recorded.get(metric)?.labels;
    expect(known, `${metric} in ${expr}`).toBeDefined();
    for (const label of [...labels, ...groupedIn(expr)])
      expect([...(known ?? [])], `${label} of ${metric} in ${expr}`).toContain(label);
  }
}

/** With what Grafana puts in the place of its variables. */
const filledIn = (expr: string): string => expr.replaceAll(/\$\w+/g, '.*');

describe('a dashboard for Grafana', () => {
  it('is one of three', () => {
    expect(names).toEqual(['fleet.json', 'policy.json', 'sensor.json']);
    expect(new Set(names.map((name) => dashboardOf(name).uid)).size).toBe(names.length);
  });

  it.each(names)('%s asks for series that exist', (name) => {
    const { panels, templating } = dashboardOf(name);
    const variables = templating.list.filter(({ query }) => query.startsWith('label_values'));
    for (const { query } of variables) {
      const [, series = '', label = ''] = /^label_values\((.*), (\w+)\)$/.exec(query) ?? [];
      checkExpression(`sum by (${label}) (${series})`);
    }
    const declared = templating.list.map((variable) => variable.name);
    for (const { expr } of panels.flatMap(({ targets }) => targets)) {
      checkExpression(expr);
      for (const [, variable] of expr.matchAll(/\$(\w+)/g)) expect(declared).toContain(variable);
    }
  });

  it.each(names)('%s explains its panels, which do not overlap', (name) => {
    const { panels } = dashboardOf(name);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const taken = new Set<string>();
    for (const { title, description, gridPos } of panels) {
      expect([title, description].every((text) => text !== '')).toBe(true);
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.has(`${x} ${y}`), title).toBe(false);
          taken.add(`${x} ${y}`);
        }
      }
    }
  });

  it('shows labels in legends that its series have', () => {
    for (const name of names) {
      for (const { expr, legendFormat } of dashboardOf(name).panels.flatMap(({ targets }) => targets)) {
        const kept = groupedIn(expr);
        const own = readBy(expr).flatMap(({ metric }) => [
          ...(documented.get(metric) ?? recorded.get(metric)?.labels ?? []),
        ]);
        for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
          expect(kept.length > 0 ? kept : own, `${legendFormat} of ${expr}`).toContain(label);
      }
    }
  });
});

describe('the recording rules', () => {
  it('record what dashboards ask for, from series that exist', () => {
    const asked = names.flatMap((name) =>
      dashboardOf(name).panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => readBy(expr))),
    );
    for (const [name, { expr }] of recorded) {
      expect(asked.map(({ metric }) => metric)).toContain(name);
      checkExpression(expr);
    }
    expect(recorded.size).toBe(3);
  });

  it.skipIf(!hasPromtool)('and the expressions of dashboards are read by Prometheus', () => {
    const expressions = names.flatMap((name) =>
      dashboardOf(name).panels.flatMap(({ targets }) => targets.map(({ expr }) => filledIn(expr))),
    );
    const rules = expressions.map((expr, i) => ({ record: `asked:${i}`, expr }));
    const folder = mkdtempSync(join(tmpdir(), 'wiretally-rules-'));
    try {
      const path = join(folder, 'asked.yml');
      writeFileSync(path, JSON.stringify({ groups: [{ name: 'asked', rules }] }));
      for (const file of [RULES, path]) {
        const { status, stdout, stderr } = spawnSync('promtool', ['check', 'rules', file], {
          encoding: 'utf8',
        });
        expect([status, stderr, stdout]).toEqual([0, '', expect.stringContaining('SUCCESS')]);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
