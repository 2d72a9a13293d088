// Accuracy of the figures per tool and version, and accuracy without a recording of the tool or version.
// The tables are in attribute-unseen-results.md and are compared with it, like golden files.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Catalogue } from '../../src/catalogue/catalogue.ts';
import { parseCatalogue } from '../../src/catalogue/parse.ts';
import type { CatalogueData, ToolEntry } from '../../src/catalogue/schema.ts';
import { readBuiltIn } from '../../src/files/catalogue-files.ts';
import {
  evidenceFaults,
  judge,
  type NumbersSeen,
  numbersOf,
  type Recording,
  recorded,
  recordings,
} from './judged-recordings.ts';

const PAGE = fileURLToPath(new URL('./attribute-unseen-results.md', import.meta.url));
const data = parseCatalogue(readBuiltIn());
const LEARNT = /recordings of \d{4}/;

/** Recordings of one tool by its catalogue id. */
const byTool = new Map<string, Recording[]>();
for (const recording of recordings) {
  const [id] = [...(recording.expect.tools ?? []), ...(recording.expect.possible ?? [])];
  if (id === undefined || recording.name.startsWith('base-') || recording.version == null) continue;
  byTool.set(id, [...(byTool.get(id) ?? []), recording]);
}

interface RuleEvidence {
  readonly of: number;
  readonly named: number;
  readonly wanted: number;
  readonly accused: number;
  readonly numbers: readonly NumbersSeen[];
}

async function tally(list: readonly Recording[], catalogue: Catalogue): Promise<RuleEvidence> {
  let named = 0;
  let wanted = 0;
  let accused = 0;
  const numbers: NumbersSeen[] = [];
  for (const recording of list) {
    const judged = judge(await recorded(recording), catalogue);
    const faults = evidenceFaults(judged, recording.expect);
    accused += faults.filter((fault) => fault.includes('accused')).length;
    wanted += recording.expect.tools?.length ?? 0;
    named +=
      (recording.expect.tools?.length ?? 0) - faults.filter((fault) => fault.includes('not named')).length;
    numbers.push(numbersOf(judged, recording));
  }
  return { of: list.length, named, wanted, accused, numbers };
}

function requestCells(numbers: readonly NumbersSeen[]): string {
  const asked = numbers.filter(({ requests }) => requests.truth > 0);
  if (asked.length === 0) return 'none made | ';
  const good = asked.filter(({ requestsGood }) => requestsGood).length;
  const exact = asked.filter(({ requestsExact }) => requestsExact).length;
  return `${good} of ${asked.length} | ${exact} of ${asked.length}`;
}

/** Median and extremes of (estimate - truth) / truth, in per cent. */
function telemetryCells(numbers: readonly NumbersSeen[]): string {
  const sent = numbers.filter(({ telemetry }) => telemetry.truth > 0);
  if (sent.length === 0) return 'none sent | ';
  const errors = sent
    .map(({ telemetry }) => (100 * (telemetry.reported - telemetry.truth)) / telemetry.truth)
    .sort((a, b) => a - b);
  const median = errors[Math.floor(errors.length / 2)] ?? 0;
  const text = (value: number): string => (value === 0 ? '0.0' : value.toFixed(1)).replace('-0.0', '0.0');
  return `${text(median)} % | ${text(errors[0] ?? 0)} to ${text(errors.at(-1) ?? 0)} %`;
}

/** The catalogue without a recording of the tool: names from public sources only. */
function withoutTool(id: string): CatalogueData {
  const strip = (tool: ToolEntry): ToolEntry => {
    if (tool.id !== id) return tool;
    const { evidence: _e, exchange: _x, runtimes: _r, userAgents: _u, calibration: _c, ...rest } = tool;
    const endpoints = tool.endpoints.filter(({ sources }) => !sources.every((source) => LEARNT.test(source)));
    return { ...rest, endpoints };
  };
  return { ...data, tools: data.tools.map(strip) };
}

/** Hello forms that only these recordings show are forgotten, and cipher lists that only they show. */
function withoutForms(left: readonly Recording[]): CatalogueData {
  const forms = (list: readonly Recording[]): Set<string> =>
    new Set(list.flatMap(({ sni }) => Object.values(sni).flatMap(({ ja4 }) => ja4)));
  const others = forms(recordings.filter((one) => !left.includes(one)));
  const otherCiphers = new Set([...others].map((ja4) => ja4.split('_')[1]));
  const gone = new Set([...forms(left)].filter((ja4) => !others.has(ja4)));
  const goneCiphers = new Set(
    [...gone].map((ja4) => ja4.split('_')[1]).filter((hash) => !otherCiphers.has(hash)),
  );
  return {
    ...data,
    runtimes: data.runtimes.map((runtime) => ({
      ...runtime,
      ciphers: runtime.ciphers.filter(({ hash }) => !goneCiphers.has(hash)),
      builds: runtime.builds
        .map((build) => ({ ...build, forms: build.forms.filter(({ ja4 }) => !gone.has(ja4)) }))
        .filter(({ forms: rest }) => rest.length > 0),
    })),
  };
}

async function tables(): Promise<string> {
  const lines: string[] = [];
  const full = new Catalogue(data);
  lines.push('### As it is: bias and spread per tool and version', '');
  lines.push(
    '| tool | version | recordings | requests in range | exact | telemetry, median | least to most |',
  );
  lines.push('|---|---|---|---|---|---|---|');
  for (const [id, list] of byTool) {
    for (const version of new Set(list.map((one) => one.version))) {
      const mine = list.filter((one) => one.version === version);
      const seen = await tally(mine, full);
      lines.push(
        `| ${id} | ${version} | ${seen.of} | ${requestCells(seen.numbers)} | ${telemetryCells(seen.numbers)} |`,
      );
    }
  }
  lines.push('', '### Left out', '');
  lines.push(
    '| left out | recordings | named | accused | requests in range | exact | telemetry, median | least to most |',
  );
  lines.push('|---|---|---|---|---|---|---|---|');
  const row = (name: string, seen: RuleEvidence): string =>
    `| ${name} | ${seen.of} | ${seen.named} of ${seen.wanted} | ${seen.accused} | ${requestCells(seen.numbers)} | ${telemetryCells(seen.numbers)} |`;
  for (const [id, list] of byTool) {
    lines.push(row(`tool ${id}`, await tally(list, new Catalogue(withoutTool(id)))));
  }
  for (const [id, list] of byTool) {
    for (const version of new Set(list.map((one) => one.version))) {
      const mine = list.filter((one) => one.version === version);
      lines.push(row(`${id} ${version}`, await tally(mine, new Catalogue(withoutForms(mine)))));
    }
  }
  return lines.join('\n');
}

const BEGIN = '<!-- figures: begin -->';
const END = '<!-- figures: end -->';

describe('what was never recorded', () => {
  it('is never taken for another tool, whichever tool is left out', async () => {
    for (const id of byTool.keys()) {
      const without = new Catalogue(withoutTool(id));
      const seen = await tally(recordings, without);
      expect(seen.accused, `without ${id}`).toBe(0);
    }
  });

  it('is named as well as before when only a version is new', async () => {
    let named = 0;
    let wanted = 0;
    for (const list of byTool.values()) {
      for (const version of new Set(list.map((one) => one.version))) {
        const mine = list.filter((one) => one.version === version);
        const seen = await tally(mine, new Catalogue(withoutForms(mine)));
        expect(seen.accused).toBe(0);
        named += seen.named;
        wanted += seen.wanted;
      }
    }
    expect(named / wanted).toBeGreaterThanOrEqual(0.9);
  });

  it('stands in the results as measured', async () => {
    const page = readFileSync(PAGE, 'utf8');
    const begin = page.indexOf(BEGIN) + BEGIN.length;
    const end = page.indexOf(END);
    const measured = `\n\n${await tables()}\n\n`;
    await expect(page.slice(0, begin) + measured + page.slice(end)).toMatchFileSnapshot(PAGE);
  });
});
