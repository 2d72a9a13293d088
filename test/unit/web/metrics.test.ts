// Metrics: named by the conventions of Prometheus, equal to the document, and without hosts or names.
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WiretallyError } from '../../../src/model/errors.ts';
import { VERDICT_WORDS } from '../../../src/model/findings.ts';
import type { FleetSensor } from '../../../src/model/fleet.ts';
import type { SensorHealth } from '../../../src/model/sensor.ts';
import { FleetSensors, type PageSource } from '../../../src/web/documents.ts';
import { Credentials } from '../../../src/web/guard/credentials.ts';
import { sampleAudit, sampleDocument } from '../report/sample-document.ts';
import { FLEET, type MadeSite, siteOver } from './site.ts';

const HEALTH: SensorHealth = {
  status: {
    packets: 980,
    bytes: 98_000,
    flows: 12,
    evictedFlows: 1,
    openFlows: 7,
    tableFlows: 1024,
    received: 1000,
    ringDrops: 15,
    freezes: 2,
    interfaceDrops: 5,
    malformed: { 'ip.short': 2, 'ip.version': 3, 'tls.length': 4 },
    snaplenCut: 6,
    workers: [
      { interface: 'eth0', state: 'up', isAlive: true, load: 0.25, ringFill: 0.5 },
      { interface: 'eth1', state: 'noCarrier', isAlive: false, load: null, ringFill: null },
    ],
  },
  windowSeconds: 60,
  windows: { closed: 9, delivered: 8, waiting: 1, lost: 0, lastEndSeconds: 1_783_814_400, lagSeconds: 0.4 },
  alerts: { waiting: 3, dropped: 0 },
  connections: [{ tool: 'claude-code', passed: 40, stopped: 12, unresolved: 3 }],
  memoryBytes: 123_456_789,
  eventLoopDelaySeconds: { p99: 0.02, max: 0.05 },
  store: { freeBytes: 10, sizeBytes: 100 },
};

const hasPromtool = spawnSync('promtool', ['--version']).error === undefined;
if (!hasPromtool) console.log('skipped: promtool is not installed (apt-get install prometheus)');

let site: MadeSite;
beforeAll(async () => {
  site = await siteOver(sampleAudit(), {}, HEALTH);
});
afterAll(() => site.close());

const scrape = async (from = site): Promise<string> => await (await fetch(`${from.url}/metrics`)).text();
const figureOf = (text: string, series: string): number =>
  Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${series} `))
      ?.slice(series.length),
  );

describe('an interface that is down', () => {
  it('has a banner on every page, and a metric, from its first second', async () => {
    const sinceSeconds = Math.floor(Date.now() / 1000) - 1;
    const down = [{ interface: 'eth1', sinceSeconds }];
    const blind = await siteOver(sampleAudit(), {}, { ...HEALTH, status: { ...HEALTH.status, down } });
    try {
      for (const path of ['/', '/hosts', '/findings', '/sensor']) {
        const page = await (await fetch(`${blind.url}${path}`)).text();
        expect(page).toMatch(
          /<p class="note viol" role="status">eth1 down since (?:\d+ \w+ )?\d\d:\d\d Asia\/Shanghai: this interface is not observed<\/p>/,
        );
      }
      const series = 'wiretally_interface_down_since_timestamp_seconds{interface="eth1"}';
      expect(figureOf(await scrape(blind), series)).toBe(sinceSeconds);
      expect(await scrape()).not.toContain('wiretally_interface_down_since_timestamp_seconds{');
    } finally {
      await blind.close();
    }
  });
});

describe('metrics', () => {
  it('are what the sensor counted, the same when they are asked for again', async () => {
    await scrape();
    const text = await scrape();
    const reported = [
      'wiretally_packets_total',
      'wiretally_dropped_packets_total{kind="ring"}',
      'wiretally_dropped_packets_total{kind="interface"}',
      'wiretally_malformed_packets_total{layer="ip"}',
      'wiretally_windows_delivered_total',
      'wiretally_window_lag_seconds',
      'wiretally_event_loop_delay_p99_seconds',
      'wiretally_interface_up{interface="eth1"}',
      'wiretally_worker_up{worker="0"}',
      'wiretally_ring_fill_ratio{worker="0"}',
      'wiretally_store_free_bytes',
      'wiretally_catalogue_timestamp_seconds',
    ].map((series) => figureOf(text, series));
    expect(reported).toEqual([980, 15, 5, 5, 8, 0.4, 0.02, 0, 1, 0.5, 10, Date.parse('2026-07-01') / 1000]);
  });

  it('count findings by rule and hosts by tool as the document has them', async () => {
    const { findings = [], tools, hosts } = sampleAudit();
    const text = await scrape();
    const [first] = findings;
    const alike = findings.filter(({ rule, result }) => rule === first?.rule && result === first.result);
    expect(alike.length).toBeGreaterThan(0);
    expect(figureOf(text, `wiretally_findings{rule="${first?.rule}",result="${first?.result}"}`)).toBe(
      alike.length,
    );
    for (const verdict of VERDICT_WORDS)
      expect(figureOf(text, `wiretally_rule_verdict{rule="${first?.rule}",verdict="${verdict}"}`)).toBe(
        verdict === 'violated' ? 1 : 0,
      );
    const [tool] = tools;
    expect(figureOf(text, `wiretally_tool_hosts{tool="${tool?.tool}",confidence="certain"}`)).toBe(
      tool?.hostsByConfidence.certain,
    );
    expect(figureOf(text, 'wiretally_shown_hosts')).toBe(hosts.length);
  });

  it('tell of each sensor of a fleet that keeps its name, and of all by how they are', async () => {
    const text = await scrape();
    const reported = [
      'wiretally_sensors{state="silent"}',
      'wiretally_sensors{state="ended"}',
      'wiretally_sensor_last_window_timestamp_seconds{sensor="oslo-2"}',
      'wiretally_sensor_coverage_ratio{sensor="berlin-1"}',
      'wiretally_sensor_dropped_packets{sensor="berlin-1"}',
      'wiretally_sensor_clock_ahead_seconds{sensor="berlin-1"}',
      'wiretally_sensor_refused_windows{sensor="oslo-2"}',
      'wiretally_sensor_config_revision{sensor="oslo-2"}',
    ].map((series) => figureOf(text, series));
    expect(reported).toEqual([1, 1, Date.parse('2026-07-12T06:00:00Z') / 1000, 0.998, 12, 75.5, 4, 2]);
    expect(text).not.toContain('sensor_last_window_timestamp_seconds{sensor="paris-1"}');
    expect(text).not.toContain('sensor="lab');
  });

  it('are sums alone where a fleet is very large, and none while it cannot be asked', async () => {
    const [first] = FLEET;
    if (first === undefined) throw new Error('there is no sensor');
    const many = Array.from({ length: 1001 }, (_, i) => ({ ...first, sensor: `site-${i}` }));
    let sensors = async (): Promise<readonly FleetSensor[]> => many;
    const source = { sensors: () => sensors() } as unknown as PageSource;
    const large = await siteOver(sampleAudit(), { fleet: new FleetSensors(source) });
    expect(figureOf(await scrape(large), 'wiretally_sensors{state="delivering"}')).toBe(1001);
    expect(await scrape(large)).not.toContain('sensor="site-');
    await large.close();
    sensors = () => Promise.reject(new WiretallyError('INPUT_UNREADABLE', 'the server is away'));
    const away = await siteOver(sampleAudit(), { fleet: new FleetSensors(source) });
    expect(await scrape(away)).not.toContain('wiretally_sensors{');
    expect((await fetch(`${away.url}/sensors`)).status).toBe(503);
    await away.close();
  });

  it('follow the source', async () => {
    const own = await siteOver(sampleAudit());
    expect(await scrape(own)).toContain('wiretally_findings{');
    expect(await scrape(own)).not.toContain('wiretally_packets_total');
    await own.change(sampleDocument());
    expect(await scrape(own)).not.toContain('wiretally_findings{');
    await own.close();
  });

  it('have no host, no user and no name from the network in a label', async () => {
    const text = await scrape();
    const { hosts } = sampleAudit();
    const reported = hosts.flatMap(({ host, name, mac, addresses = [], groups, tools, providers }) => [
      ...[host, name, mac, ...addresses, ...groups],
      ...[...tools, ...providers].flatMap((use) => [...use.names.map((each) => each.name)]),
    ]);
    const values = new Set([...text.matchAll(/="([^"]*)"/g)].map(([, value]) => value));
    expect(reported.filter((word) => word !== null && values.has(word))).toEqual([]);
    expect(values.size).toBeGreaterThan(10);
  });

  it('take a token where pages do', async () => {
    const token = 'm'.repeat(32);
    const own = await siteOver(sampleAudit(), { credentials: Credentials.parse(`prometheus ${token}`) });
    expect((await fetch(`${own.url}/metrics`)).status).toBe(401);
    const headers = { authorization: `Bearer ${token}` };
    expect((await fetch(`${own.url}/metrics`, { headers })).status).toBe(200);
    await own.close();
  });

  it.skipIf(!hasPromtool)(
    'are accepted by promtool check metrics, those of the runtime included',
    async () => {
      const source = { sensors: async () => FLEET } as unknown as PageSource;
      const fleet = await siteOver(sampleAudit(), { fleet: new FleetSensors(source) });
      const store = await siteOver(sampleAudit());
      try {
        const [sensor, sensors, history] = [await scrape(), await scrape(fleet), await scrape(store)];
        expect(sensor).toContain('wiretally_packets_total');
        expect(sensors).toContain('wiretally_sensor_packets{');
        expect(history).toContain('wiretally_shown_packets');
        for (const input of [sensor, sensors, history]) {
          expect(input).toContain('nodejs_eventloop_lag_seconds ');
          const asked = { input, encoding: 'utf8' } as const;
          const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], asked);
          expect([status, stdout, stderr]).toEqual([0, '', '']);
        }
      } finally {
        await Promise.all([fleet.close(), store.close()]);
      }
    },
  );

  it.skipIf(!hasPromtool)('have alerts that fire on what they are about, and on nothing else', () => {
    const promtool = (...args: string[]) => spawnSync('promtool', args, { encoding: 'utf8' });
    expect(promtool('check', 'rules', 'docs/alerts.rules.yml').stdout).toContain('SUCCESS');
    const tested = promtool('test', 'rules', 'test/unit/web/alerts.test.yml');
    expect([tested.status, tested.stdout]).toEqual([0, expect.stringContaining('SUCCESS')]);
  });
});
