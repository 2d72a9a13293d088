// Recordings of the lab as starts of builds: node build/scripts/captures/builds/make-starts.js FOLDER [FILE]
// Reads each TOOL-VERSION-VARIANT.json of the folder with its capture; "learn" and "test" are variants of the plans.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROW_SUMS } from '../../src/model/counters.ts';
import { EXCHANGE_FIELDS, TOOL_STARTS, type ToolForm, type ToolStart } from './tool-starts.ts';

/** Rows keep what a start shows in this time. */
const START_MS = 60_000;
/** Extensions in an order of chance: the JA3 of each hello differs. */
const SHUFFLES = 'rustls';

const [folder, file = TOOL_STARTS] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: make-starts FOLDER [FILE]');
const library = pathToFileURL('dist/index.js').href;
const { analyze, loadCatalogue } = (await import(library)) as typeof import('../../src/index.ts');
const catalogue = await loadCatalogue();
const forms: ToolForm[] = [];
const numbers = new Map<string, number>();

function numberOf(form: ToolForm): number {
  const key = JSON.stringify(form);
  const known = numbers.get(key) ?? forms.push(form) - 1;
  numbers.set(key, known);
  return known;
}

async function startOf(name: string): Promise<ToolStart> {
  const line: { readonly tool: string; readonly version: string } = JSON.parse(
    readFileSync(join(folder ?? '', `${name}.json`), 'utf8'),
  );
  const capture = join(folder ?? '', `${name}.pcap.gz`);
  const options = { catalogue, sensor: 'lab' };
  const { windows } = await analyze([capture], options);
  const beginUs = Math.min(...windows.flatMap(({ rows }) => rows.map(({ firstUs }) => firstUs)));
  const rows = windows.flatMap((window) =>
    window.rows.flatMap((row) => {
      if (row.fingerprint === null) return [];
      const { ja4, ja3, alpn } = row.fingerprint;
      const isShuffled = catalogue.runtimeSeen(row.fingerprint).id === SHUFFLES;
      const msOf = (us: number): number => Math.round((us - beginUs) / 1000);
      const exchanges = row.exchanges
        .map((one) => ({ ...one, startMs: msOf(window.startSeconds * 1e6 + one.startMs * 1000) }))
        .filter(({ startMs }) => startMs < START_MS)
        .map((one) => EXCHANGE_FIELDS.map((field) => Number(one[field] ?? 0)));
      const sums = Object.keys(ROW_SUMS).map((key) => [key, row[key as keyof typeof ROW_SUMS]] as const);
      return [
        {
          name: row.name,
          form: numberOf({ ja4, ja3: isShuffled ? '' : ja3, alpn }),
          proxy: row.proxy,
          helloBytes: row.helloBytesMax,
          hellos: row.helloTimesUs.map(msOf).filter((ms) => ms < START_MS),
          sums: Object.fromEntries(sums.filter(([, value]) => value > 0)),
          exchanges,
        },
      ];
    }),
  );
  const as = name.slice(name.lastIndexOf('-') + 1);
  return { tool: line.tool, build: line.version.replace(/-g[0-9a-f]+$/, ''), as, rows };
}

const names = readdirSync(folder)
  .filter((name) => name.endsWith('.pcap.gz'))
  .map((name) => name.replace('.pcap.gz', ''));
const order = new Intl.Collator('en', { numeric: true });
const starts: ToolStart[] = [];
for (const name of names.sort(order.compare)) starts.push(await startOf(name));
const about =
  'Starts of builds as recorded by captures/lab; times in milliseconds, sizes in bytes inside TLS records, fields of an exchange as EXCHANGE_FIELDS of tool-starts.ts. "learn" gave marks, "test" was kept back.';
const text = [{ about, forms }, ...starts].map((line) => `${JSON.stringify(line)}\n`).join('');
writeFileSync(file, text);
console.log(`${file}: ${starts.length} starts, ${forms.length} forms, ${text.length} bytes`);
