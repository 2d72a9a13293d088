// Live findings: cost of evaluating windows in which very many hosts use a denied tool, window by window, with
// an outbox and a file as sinks. Method and results: README.md.
//   npm run build:ts && npm run bench:live-policy-check -- [--hosts 65536] [--windows 5]
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { catalogueFacts } from '../src/catalogue/facts.ts';
import { alertsOf, sinksOf } from '../src/cli/verbs/watch/alerts.ts';
import { catalogueOf } from '../src/files/catalogue-files.ts';
import { policyHeader } from '../src/policy/header.ts';
import { loadPolicy } from '../src/policy/policy.ts';
import { LivePolicyCheck } from '../src/sensor/alerts/live-policy-check.ts';
import { makeHost, makeQuarter, makeRow, START } from './made-windows.ts';
import { Random } from './random.ts';

const { values: options } = parseArgs({
  options: { hosts: { type: 'string', default: '65536' }, windows: { type: 'string', default: '5' } },
});
const HOSTS = Number(options.hosts);
const WINDOWS = Number(options.windows);
const MINUTE = 60;
const POLICY = `version: 1
name: nothing from outside
timezone: UTC
rules:
  - id: NO-1
    title: No tool is allowed
    match: { kind: [cli, ide, ide-extension, agent] }
    action: deny
    evidence: { confidence: certain, minRequests: 0 }
    severity: high
`;

const random = new Random(7);
const catalogue = catalogueOf(readFileSync('dist/catalogue/compiled.json'));
const policy = loadPolicy(POLICY, 'policy.yaml', catalogueFacts(catalogue));
const folder = mkdtempSync(join(tmpdir(), 'wiretally-bench-'));
const outputs = { state: folder, alertsFile: join(folder, 'alerts.ndjson'), interface: ['none'] };
const print = (text: string): void => console.error(text);
const alerts = alertsOf(outputs, sinksOf(outputs, []), { tell: print, say: print });
await alerts.admit('');
const evaluate = new LivePolicyCheck(
  { policy, header: policyHeader(policy, '', catalogueFacts(catalogue)), catalogue },
  {
    sensor: 'span-1',
    wiretally: '0.0.0',
    pseudonymOf: null,
    raise: (alert, policy) => alerts.raise(alert, policy),
    say: (text) => process.stdout.write(`${text}\n`),
  },
);

let peak = 0;
const sample = (): void => {
  peak = Math.max(peak, process.memoryUsage().rss);
};
const timer = setInterval(sample, 20);
const addressOf = (number: number): string => `10.77.${number >> 8}.${number & 255}`;
for (let at = 0; at < WINDOWS; at++) {
  const startSeconds = START + at * MINUTE;
  const numbers = Array.from({ length: HOSTS }, (_, i) => i);
  const window = {
    ...makeQuarter(
      startSeconds,
      numbers.map((i) =>
        makeHost(
          { host: addressOf(i), mac: `02:00:00:00:00:${i}`, name: `dev-${i}` },
          startSeconds * 1e6,
          random,
        ),
      ),
      numbers.map((i) => makeRow(addressOf(i), 5, startSeconds * 1e6, { random, exchanges: 3 })),
    ),
    lengthSeconds: MINUTE,
  };
  const begin = performance.now();
  evaluate.add([window]);
  sample();
  const held = performance.now() - begin;
  await evaluate.settled();
  const all = performance.now() - begin;
  const rss = process.memoryUsage().rss;
  process.stdout.write(
    `window ${at + 1}: ${(all / 1000).toFixed(1)} s, the first look ${held.toFixed(0)} ms, ${(rss / 1e6).toFixed(0)} MB\n`,
  );
}
await alerts.close();
clearInterval(timer);
sample();
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
const seconds = ((userCPUTime + systemCPUTime) / 1e6).toFixed(1);
process.stdout.write(
  `peak ${Math.max(peak / 1e6, maxRSS / 1e3).toFixed(0)} MB, ${seconds} s of CPU, ${statSync(outputs.alertsFile).size} bytes of alerts\n`,
);
rmSync(folder, { recursive: true });
