// Debian's Prometheus scrapes a sensor that runs, and the examples of alerts fire when packets are lost.
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  framesOf,
  holds,
  LIVE_TEST_MS,
  LiveNetwork,
  lacksLiveTools,
  scratch,
  writePcap,
} from './live-network.ts';

const CLAUDE = 'captures/recordings/claude-code-2.1.328-prompt.pcap.gz';
const LISTEN = '127.0.0.1:7577';
const PROMETHEUS = '127.0.0.1:7590';
const CONFIG = `global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [rules.yml]
scrape_configs:
  - { job_name: wiretally, static_configs: [{ targets: ["${LISTEN}"] }] }
`;
const ASK = `const answer = await fetch('http://${PROMETHEUS}' + process.argv[1]);
console.log(await answer.text());`;

function lacksPrometheus(): boolean {
  try {
    execFileSync('prometheus', ['--version'], { stdio: 'ignore' });
    return false;
  } catch {
    console.warn('skipped: no sensor was scraped (apt-get install prometheus)');
    return true;
  }
}

interface Answer {
  readonly data: {
    readonly result?: readonly { readonly value: readonly [number, string] }[];
    readonly alerts?: readonly { readonly labels: { readonly alertname: string }; readonly state: string }[];
  };
}

describe.skipIf(lacksLiveTools() || lacksPrometheus())('a real Prometheus', { timeout: LIVE_TEST_MS }, () => {
  let net: LiveNetwork;
  let folder: string;
  let capture: string;
  beforeAll(() => {
    net = new LiveNetwork();
    folder = scratch();
    capture = join(folder, 'claude.pcap');
    writePcap(capture, framesOf(gunzipSync(readFileSync(CLAUDE))));
    writeFileSync(join(folder, 'prometheus.yml'), CONFIG);
    // The same rules, with times that a test can wait for.
    const rules = readFileSync('docs/alerts.rules.yml', 'utf8');
    writeFileSync(
      join(folder, 'rules.yml'),
      rules.replaceAll(/for: \d+m/g, 'for: 1s').replaceAll(/\[\d+m\]/g, '[15s]'),
    );
  });
  afterAll(() => {
    net.close();
    rmSync(folder, { recursive: true });
  });

  const ask = (path: string): Answer['data'] => {
    const words = [process.execPath, '--input-type=module', '-e', ASK, path];
    try {
      return (JSON.parse(net.inside(net.watcher, ...words)) as Answer).data;
    } catch {
      return {}; // it does not listen yet
    }
  };
  const figure = (query: string): number =>
    Number(ask(`/api/v1/query?query=${encodeURIComponent(query)}`).result?.[0]?.value[1] ?? Number.NaN);
  /** Those that fire; undefined without an answer. */
  const alerts = (): string[] | undefined =>
    ask('/api/v1/alerts')
      .alerts?.filter(({ state }) => state === 'firing')
      .map(({ labels }) => labels.alertname);

  it('sees the sensor, and says when it loses packets', async () => {
    const watch = await net.watch('--ring-mib', '1', '--window', '1', '--listen', LISTEN);
    await watch.says(/serving/);
    const data = [
      '--storage.tsdb.path',
      join(folder, 'data'),
      '--config.file',
      join(folder, 'prometheus.yml'),
    ];
    const prometheus = net.start('prometheus', ...data, `--web.listen-address=${PROMETHEUS}`);
    await holds('a scrape of the sensor', () => figure('up{job="wiretally"}') === 1);
    const sent = net.send(capture, 1_000, 1_000);
    // A figure is unknown while the scrape of a busy machine is late.
    await holds('the packets', () => figure('wiretally_packets_total') === sent);
    await holds('the fill of the ring', () => figure('wiretally_ring_fill_ratio') >= 0);
    await holds('no alert', () => alerts()?.includes('WiretallyDrops') === false);
    // Stopped, it reads nothing: the ring must overflow on any machine.
    watch.child.kill('SIGSTOP');
    net.send(capture, 60_000);
    watch.child.kill('SIGCONT');
    await holds('the alert', () => alerts()?.includes('WiretallyDrops') === true);
    await holds('the drops', () => figure('sum(wiretally_dropped_packets_total)') > 0);
    // A scrape of the stopped sensor may have failed: the alert ends with the next one.
    await holds('a sensor that is up', () => alerts()?.includes('WiretallyDown') === false);
    await prometheus.end('SIGTERM');
    expect(await watch.end()).toBe(0);
  });
});
