import { describe, expect, it } from 'vitest';
import type {
  Counters,
  DnsRecord,
  ExchangeRecord,
  FlowRecord,
  HostObservationRecord,
} from '../../../../src/model/flow.ts';
import type { HostAccount, HostTotals, UsageWindow } from '../../../../src/model/usage.ts';
import { NO_COUNTERS } from '../../../../src/reading/threads/sum-counters.ts';
import { RecordAggregator } from './record-aggregator.ts';
import { dns, exchange, flow, LOOKUP, namelessFlow, observation, START_US } from './records.ts';

/** Ceilings of native-bindings/src/collector/. */
const MAX_EARLY_SLICES = 131_072;
const MAX_TRACKED_FLOWS = 65_536;
const HOUR_US = 3_600_000_000;

interface Records {
  readonly flows?: readonly FlowRecord[];
  readonly exchanges?: readonly ExchangeRecord[];
  readonly dns?: readonly DnsRecord[];
  readonly observations?: readonly HostObservationRecord[];
}

function newAggregator(localNets: readonly string[] = []): RecordAggregator {
  return new RecordAggregator({ lookup: LOOKUP, localNets });
}

function windowsOf(records: Records, counters: Partial<Counters> = {}): UsageWindow[] {
  const aggregator = newAggregator();
  for (const record of records.dns ?? []) aggregator.addDns(record);
  for (const record of records.observations ?? []) aggregator.addObservation(record);
  for (const record of records.exchanges ?? []) aggregator.addExchange(record);
  for (const record of records.flows ?? []) aggregator.addFlow(record);
  return aggregator.finish('test', 0, { ...NO_COUNTERS, ...counters }, null);
}

const firstHost = (window: UsageWindow | undefined): HostTotals | undefined => [...(window?.hosts ?? [])][0];

function rowsOf(records: Records): UsageWindow['rows'] {
  return windowsOf(records).flatMap((window) => window.rows);
}

describe('names of rows', () => {
  const cases: { name: string; records: Records; expected: [string, string][] }[] = [
    {
      name: 'a listed server name gives a row',
      records: { flows: [flow()] },
      expected: [['api.anthropic.com', 'sni']],
    },
    {
      name: 'an unlisted name gives none',
      records: { flows: [flow({ sni: 'bank.example' })] },
      expected: [],
    },
    {
      name: 'an AI runtime on an unlisted name gives none without a streamed answer',
      records: {
        flows: [flow({ flowId: 900, sni: 'x.example' })],
        exchanges: [exchange(900, { recordsDown: 1, bytesDown: 209 })],
      },
      expected: [],
    },
    {
      name: 'an AI runtime with a streamed answer makes the name a suspected relay',
      records: { flows: [flow({ flowId: 901, sni: 'gw.example' })], exchanges: [exchange(901)] },
      expected: [['gw.example', 'sni']],
    },
    {
      name: 'a streamed answer to another runtime makes no relay',
      records: {
        flows: [flow({ flowId: 902, sni: 'video.example', hello: null, helloUs: null })],
        exchanges: [exchange(902)],
      },
      expected: [],
    },
    {
      name: 'a flow without a name is called by the DNS answer that its client got',
      records: { flows: [namelessFlow()], dns: [dns()] },
      expected: [['api.anthropic.com', 'dns']],
    },
    {
      name: 'an answer that another client got says nothing',
      records: { flows: [namelessFlow()], dns: [dns({ client: '10.0.0.6' })] },
      expected: [],
    },
    {
      name: 'an answer that came after the flow began says nothing',
      records: { flows: [namelessFlow()], dns: [dns({ tsUs: START_US + 3_000_000 })] },
      expected: [],
    },
    {
      name: 'the chain of CNAMEs leads to a listed name',
      records: { flows: [namelessFlow()], dns: [dns({ name: 'alias.example', cnames: ['api.openai.com'] })] },
      expected: [['api.openai.com', 'dns']],
    },
    {
      name: 'an address in a network of a vendor stands for itself',
      records: { flows: [namelessFlow({ server: '160.79.104.10' })] },
      expected: [['[160.79.104.10]', 'network']],
    },
    {
      name: 'the target of a proxy is the name when there is no hello',
      records: { flows: [namelessFlow({ proxy: { kind: 'connect', target: 'api.anthropic.com:443' } })] },
      expected: [['api.anthropic.com', 'proxy']],
    },
    {
      name: 'an outer name of ECH is looked behind by the DNS answer',
      records: {
        flows: [flow({ sni: 'cloudflare-ech.com', hello: { ...helloOf(flow()), ech: 'present' } })],
        dns: [dns({ name: 'api.openai.com' })],
      },
      expected: [['api.openai.com', 'dns']],
    },
    {
      name: 'a product token in clear text gives a row whatever the name',
      records: { flows: [namelessFlow({ userAgent: 'claude-cli/', appHint: 'http' })] },
      expected: [['[203.0.113.7]', 'host']],
    },
  ];

  it.each(cases)('$name', ({ records, expected }) => {
    expect(rowsOf(records).map((row) => [row.name, row.nameFrom])).toEqual(expected);
  });
});

function helloOf(record: FlowRecord): NonNullable<FlowRecord['hello']> {
  if (record.hello === null) throw new Error('the flow has no hello');
  return record.hello;
}

describe('counting', () => {
  it('counts a flow where it starts and its bytes where they pass', () => {
    const first = flow({ flowId: 1000, isLastSlice: false, end: 'open', established: false });
    const second = flow({
      flowId: 1000,
      isFirstSlice: false,
      flowFirstUs: first.flowFirstUs,
      helloUs: first.helloUs,
      firstUs: START_US + 60_000_000,
      lastUs: START_US + 61_000_000,
      bytesUp: 70,
    });
    const windows = windowsOf({ flows: [first, second] });
    expect(windows.map((window) => window.rows[0]?.flows)).toEqual([1, 0]);
    expect(windows.map((window) => window.rows[0]?.bytesUp)).toEqual([5000, 70]);
    expect(windows.map((window) => window.rows[0]?.establishedFlows)).toEqual([0, 1]);
    expect(windows.map((window) => window.rows[0]?.helloTimesUs.length)).toEqual([1, 0]);
    expect(windows.map((window) => firstHost(window)?.flows)).toEqual([1, 0]);
  });

  it.each([
    {
      name: 'gives the slice before the hello to the name that the hello brought',
      beganAt: 55,
      rows: [1, 1],
    },
    { name: 'gives it to none when the flow was silent too long', beganAt: 45, rows: [0, 1] },
  ])('$name', ({ beganAt, rows }) => {
    const before = namelessFlow({
      flowId: 1001,
      firstUs: START_US + beganAt * 1_000_000,
      isLastSlice: false,
      end: 'open',
      established: false,
      packetsDown: 1,
      lostUp: 7,
    });
    const after = flow({
      flowId: 1001,
      isFirstSlice: false,
      flowFirstUs: before.flowFirstUs,
      firstUs: START_US + 60_000_000,
      lastUs: START_US + 61_000_000,
      helloUs: START_US + 60_500_000,
    });
    const windows = windowsOf({ flows: [before, after] });
    expect(windows.map((window) => window.rows.length)).toEqual(rows);
    const row = windows[0]?.rows[0];
    if (row === undefined) return;
    const { name, flows, packetsUp, packetsDown, lostUp, establishedFlows } = row;
    expect({ name, flows, packetsUp, packetsDown, lostUp, establishedFlows }).toEqual({
      name: 'api.anthropic.com',
      flows: 1,
      packetsUp: 10,
      packetsDown: 1,
      lostUp: 7,
      establishedFlows: 0,
    });
  });

  it('counts no flow by its address that carried nothing, open at the end of a window or not', () => {
    const bare = { server: '160.79.104.10', payloadUp: 0, payloadDown: 0, firstUs: START_US + 59_000_000 };
    expect(rowsOf({ flows: [namelessFlow(bare)] })).toEqual([]);
    expect(rowsOf({ flows: [namelessFlow({ ...bare, isLastSlice: false, end: 'open' })] })).toEqual([]);
  });

  it('gives a flow that fell silent the name of its address, however long after the answer it ends', () => {
    const aggregator = newAggregator();
    aggregator.addDns(dns());
    aggregator.addFlow(namelessFlow({ isLastSlice: false, end: 'open' }));
    for (let hour = 1; hour <= 6; hour++) aggregator.settle(START_US + hour * HOUR_US);
    const rows = aggregator.finish('test', 0, NO_COUNTERS, null).flatMap((window) => window.rows);
    expect(rows.map(({ name, nameFrom, payloadUp }) => [name, nameFrom, payloadUp])).toEqual([
      ['api.anthropic.com', 'dns', 4000],
    ]);
  });

  it('keeps a fixed number of flows that may still greet, the newest, and says how many had to go', () => {
    const aggregator = newAggregator();
    const first = START_US + 58_000_000;
    const open = { isLastSlice: false, end: 'open', payloadUp: 0, payloadDown: 0 } as const;
    for (let flowId = 1; flowId <= 300_000; flowId++) {
      aggregator.addFlow(namelessFlow({ ...open, flowId, firstUs: first + flowId }));
    }
    const helloUs = START_US + 60_001_000;
    for (const flowId of [1, 300_000]) {
      const later = { flowId, isFirstSlice: false, flowFirstUs: first + flowId, firstUs: helloUs, helloUs };
      aggregator.addFlow(flow(later));
    }
    const windows = aggregator.finish('test', 0, NO_COUNTERS, null);
    expect(windows.map(({ rows }) => rows[0]?.packetsUp)).toEqual([10, 20]);
    const left = windows.reduce((sum, { stats }) => sum + (stats.overflow?.pendingSlices ?? 0), 0);
    expect(left).toBeGreaterThanOrEqual(300_000 - MAX_EARLY_SLICES);
    expect(left).toBeLessThan(300_000 - MAX_EARLY_SLICES + 10_000);
  });

  describe('of two flows with one hello', () => {
    const PROXY = '10.0.0.250';
    const inner = flow({ flowId: 1, helloHash: 'aa', clientPort: 1111, server: PROXY, serverPort: 3128 });
    const outer = flow({
      flowId: 2,
      helloHash: 'aa',
      client: PROXY,
      clientMac: '02:00:00:00:00:fa',
      helloUs: (inner.helloUs ?? 0) + 400,
    });
    const CASES: readonly [string, FlowRecord, FlowRecord, string[]][] = [
      ['counts the first leg of a connection through a proxy', inner, outer, ['10.0.0.5 1 0']],
      [
        'counts the first leg of one through address translation',
        flow({ ...inner, server: outer.server, serverPort: outer.serverPort }),
        outer,
        ['10.0.0.5 1 0'],
      ],
      [
        'counts the first leg of one through a proxy with two addresses, which the client names',
        flow({ ...inner, proxy: { kind: 'connect', target: 'api.anthropic.com:443' } }),
        flow({ ...outer, client: '192.0.2.1' }),
        ['10.0.0.5 1 0'],
      ],
      [
        'counts the first leg while neither is answered',
        flow({ ...inner, isAnswered: false }),
        flow({ ...outer, isAnswered: false }),
        ['10.0.0.5 0 0'],
      ],
      [
        'counts both where the first is unanswered',
        flow({ ...inner, isAnswered: false }),
        outer,
        ['10.0.0.250 1 1', '10.0.0.5 0 0'],
      ],
      [
        'counts both where nothing connects them',
        inner,
        flow({ ...outer, client: '10.0.0.7' }),
        ['10.0.0.5 1 0', '10.0.0.7 1 1'],
      ],
      [
        'counts both where one machine sent both, and proves nothing by the second',
        inner,
        flow({ ...outer, clientMac: inner.clientMac }),
        ['10.0.0.250 0 1', '10.0.0.5 1 0'],
      ],
      [
        'counts both where the hellos share no more than their random',
        inner,
        flow({ ...outer, helloHash: 'bb' }),
        ['10.0.0.250 1 0', '10.0.0.5 1 0'],
      ],
    ];
    it.each(CASES)('%s', (_, first, second, expected) => {
      for (const flows of [
        [first, second],
        [second, first],
      ]) {
        const rows = rowsOf({ flows });
        expect(rows.map((row) => `${row.host} ${row.answeredSlices} ${row.copiedHellos}`)).toEqual(expected);
      }
    });

    it('waits for an answer that may be on its way at the end of a window', () => {
      const first = flow({ ...inner, isAnswered: false, isLastSlice: false, end: 'open' });
      const second = flow({ ...outer, isLastSlice: false, end: 'open', lastUs: (outer.helloUs ?? 0) + 1000 });
      expect(rowsOf({ flows: [first, second] }).map(({ host }) => host)).toEqual(['10.0.0.5']);
    });
  });

  it('calls a handshake that was never completed a failed flow', () => {
    const [row] = rowsOf({ flows: [flow({ established: false })] });
    expect([row?.flows, row?.establishedFlows, row?.failedFlows]).toEqual([1, 0, 1]);
  });

  it('evicts a flow a minute after its own packets have ended it, with or without an end record', () => {
    const aggregator = newAggregator();
    aggregator.addFlow(flow({ established: false, isLastSlice: false, end: 'reset' }));
    aggregator.settle(START_US + 62_000_000);
    const windows = aggregator.close(START_US + 60_000_000, 'test', 0, null);
    expect(windows.map(({ rows }) => rows.map(({ failedFlows }) => failedFlows))).toEqual([[0]]);
    aggregator.settle(START_US + 63_000_000);
    const [next] = aggregator.finish('test', 0, NO_COUNTERS, null);
    expect(next?.rows.map(({ flows, failedFlows }) => [flows, failedFlows])).toEqual([[0, 1]]);
  });

  it('is done with a flow when an empty slice says that it has ended, which counts nothing', () => {
    const slice = flow({ flowId: 1, established: false, isLastSlice: false, end: 'open' });
    const end = { packetsUp: 0, packetsDown: 0, bytesUp: 0, bytesDown: 0, payloadUp: 0, payloadDown: 0 };
    const reported = windowsOf({
      flows: [slice, { ...slice, ...end, isFirstSlice: false, isLastSlice: true, end: 'idle' }],
    });
    const [window] = reported;
    expect(reported.length).toBe(1);
    expect([window?.stats.flows, window?.stats.packets, firstHost(window)?.packets]).toEqual([1, 22, 22]);
    expect(window?.rows.map(({ flows, failedFlows }) => [flows, failedFlows])).toEqual([[1, 1]]);
  });

  // Batches end by wall clock: the time up to which all was reported differs in each run.
  it('counts records of a flow after hours of silence, for any times of eviction in between', () => {
    const slice = flow({ flowId: 1, established: false, isLastSlice: false, end: 'open' });
    const hidden = namelessFlow({
      flowId: 2,
      isLastSlice: false,
      end: 'open',
      packetsDown: 0,
      payloadDown: 0,
    });
    const later = { isFirstSlice: false, firstUs: START_US + 3 * HOUR_US, lastUs: START_US + 3 * HOUR_US };
    const none = { packetsUp: 0, packetsDown: 0, bytesUp: 0, bytesDown: 0, payloadUp: 0, payloadDown: 0 };
    const reported = [[], [2.9 * HOUR_US], [HOUR_US, 1.9 * HOUR_US, 2.1 * HOUR_US, 2.9 * HOUR_US]].map(
      (looks) => {
        const aggregator = newAggregator();
        aggregator.addFlow(slice);
        aggregator.addFlow(hidden);
        for (const us of looks) aggregator.settle(START_US + us);
        aggregator.addFlow({ ...hidden, ...later });
        aggregator.addExchange(exchange(1));
        aggregator.addFlow({ ...slice, ...none, isFirstSlice: false, isLastSlice: true, end: 'endOfInput' });
        return JSON.stringify(aggregator.finish('test', 0, NO_COUNTERS, null));
      },
    );
    expect(new Set(reported).size).toBe(1);
    const [first] = JSON.parse(reported[0] ?? '[]');
    expect(first.rows[0].exchanges.length).toBe(1);
  });

  it('lets the flow go that was silent longest when too many are followed', () => {
    const aggregator = newAggregator();
    const open = { isLastSlice: false, end: 'open' } as const;
    for (let flowId = 1; flowId <= MAX_TRACKED_FLOWS + 100; flowId++) {
      aggregator.addFlow(flow({ ...open, flowId, firstUs: START_US + flowId }));
    }
    const [window] = aggregator.finish('test', 0, NO_COUNTERS, null);
    expect(window?.rows.map(({ flows }) => flows)).toEqual([MAX_TRACKED_FLOWS + 100]);
    expect(window?.stats.overflow?.trackedFlows).toBe(100);
  });

  it('puts what no record places in time into the last window, so that totals are kept', () => {
    const windows = windowsOf(
      { flows: [flow(), flow({ firstUs: START_US + 61_000_000 })] },
      { packets: 50, bytes: 30_000, flows: 2, hellosComplete: 2, malformed: { 'ip.length': 3 } },
    );
    expect(windows.map((window) => window.stats.packets)).toEqual([22, 28]);
    expect(windows.map((window) => window.stats.undecoded)).toEqual([0, 6]);
    expect(windows[1]?.stats.malformed).toEqual({ 'ip.length': 3 });
  });

  it('counts questions, and keeps a name of which only the answer passed', () => {
    const [window] = windowsOf({ dns: [dns({ isResponse: false, addresses: [] }), dns()] });
    expect(window?.queriedNames).toMatchObject([{ host: '10.0.0.5', name: 'api.anthropic.com', count: 1 }]);
    expect(windowsOf({ dns: [dns({ name: 'bank.example' })] })).toEqual([]);
  });

  it('keeps the addresses of answers that went to the machine that asked', () => {
    const question = { isResponse: false, addresses: [] };
    const answersTo = (records: readonly DnsRecord[]) =>
      windowsOf({ dns: records })[0]?.queriedNames[0]?.addresses;
    expect(answersTo([dns(question), dns()])).toEqual(['203.0.113.7']);
    expect(answersTo([dns({ ...question, clientMacTail: 66 }), dns()])).toEqual([]);
    expect(answersTo([dns(), dns({ ...question, clientMacTail: 66 }), dns(question)])).toEqual([
      '203.0.113.7',
    ]);
    const flood = Array.from({ length: 9 }, (_, i) =>
      dns({ clientMacTail: 70 + i, addresses: [`192.0.2.${i}`] }),
    );
    expect(answersTo([...flood, dns(question), dns()])).toEqual(['203.0.113.7']);
    expect(answersTo([dns()])).toEqual(['203.0.113.7']);
  });

  it('keeps resolvers that answered with an ECH configuration, since when, and the largest TTL', () => {
    const offered = (server: string, tsUs: number, echTtlSeconds: number) =>
      dns({ server, tsUs: START_US + tsUs, offersEch: true, echTtlSeconds });
    const answersIn = (records: readonly DnsRecord[]) =>
      windowsOf({ dns: records })[0]?.queriedNames[0]?.echAnswers;
    expect(
      answersIn([offered('10.0.0.2', 7, 290), dns({ server: '10.0.0.9' }), offered('10.0.0.2', 5, 300)]),
    ).toEqual([{ resolver: '10.0.0.2', firstUs: START_US + 5, ttlSeconds: 300 }]);
    const many = Array.from({ length: 6 }, (_, i) => offered(`10.0.1.${9 - i}`, i, i));
    expect(answersIn(many)?.map(({ resolver }) => resolver)).toEqual([
      '10.0.1.4',
      '10.0.1.5',
      '10.0.1.6',
      '10.0.1.7',
    ]);
    expect(answersIn([dns({ isResponse: false, offersEch: true })])).toEqual([]);
  });

  it('does not hold what a resolver asks for its clients against it', () => {
    const client = { client: '10.0.0.5', server: '10.0.0.53' };
    const forwarded = { client: '10.0.0.53', server: '192.0.2.8' };
    const [window] = windowsOf({
      dns: [
        dns({ ...client, isResponse: false, addresses: [] }),
        dns({ ...forwarded, isResponse: false, addresses: [] }),
        dns(forwarded),
        dns(client),
        dns({ ...forwarded, name: 'api.openai.com' }),
      ],
    });
    expect(window?.queriedNames.map(({ host, name }) => [host, name])).toEqual([
      ['10.0.0.5', 'api.anthropic.com'],
      ['10.0.0.53', 'api.openai.com'],
    ]);
  });

  it('keeps who gave a host its names, and what other machines claim', () => {
    const own = '02:00:00:00:00:01';
    const [window] = windowsOf({
      flows: [flow({ clientMac: own })],
      observations: [
        observation({ mac: own }),
        observation({ mac: '02:00:00:00:00:66', name: 'aaa', source: 'mdns' }),
        observation({ mac: own, name: null, source: 'arp' }),
        observation({ mac: '02:00:00:00:00:77', name: null, source: 'arp', isByOwner: false }),
      ],
    });
    expect(firstHost(window)?.claims).toEqual([
      { name: null, mac: '02:00:00:00:00:77', from: 'arp', isOwn: false },
      { name: 'aaa', mac: '02:00:00:00:00:66', from: 'mdns', isOwn: true },
      { name: 'dev-5', mac: own, from: 'dhcp', isOwn: true },
    ]);
  });

  it('takes no MAC from ARP that another machine sent', () => {
    const [window] = windowsOf({
      flows: [flow({ clientMac: '02:00:00:00:00:01' })],
      observations: [observation({ mac: '02:00:00:00:00:77', name: null, source: 'arp', isByOwner: false })],
    });
    expect(firstHost(window)).toMatchObject({ mac: '02:00:00:00:00:01', macFrom: 'frame' });
  });

  it('keeps the claims that frames agree with, however many others there are', () => {
    const own = '02:00:00:00:ff:01';
    const forged = Array.from({ length: 60 }, (_, i) =>
      observation({ mac: `02:00:00:00:00:${String(i + 10)}`, name: `a-${i}`, source: 'mdns' }),
    );
    const [window] = windowsOf({
      flows: [flow({ clientMac: own })],
      observations: [...forged, observation({ mac: own, name: 'zz-own' })],
    });
    expect(firstHost(window)?.claims).toHaveLength(9);
    expect(firstHost(window)?.claims).toContainEqual({ name: 'zz-own', mac: own, from: 'dhcp', isOwn: true });
  });

  it('keeps the name and the MAC that DHCP proves', () => {
    const [window] = windowsOf({
      flows: [flow({ clientMac: '02:00:00:00:00:01' })],
      observations: [observation({ mac: '02:00:00:00:00:99' })],
    });
    expect(firstHost(window)).toMatchObject({ mac: '02:00:00:00:00:99', macFrom: 'dhcp', names: ['dev-5'] });
  });
});

describe('our side', () => {
  it('makes a host of a global client that opens a flow outward, and none of one that opens a flow to us', () => {
    const windows = windowsOf({
      flows: [
        flow({ client: '2001:db8::5', server: '2606:4700::1' }),
        flow({ client: '198.51.100.3', server: '10.0.0.9' }),
      ],
    });
    expect(windows[0]?.hosts.map((host) => host.host)).toEqual(['2001:db8::5']);
  });

  it('counts bytes and accounts beyond 32 bits', () => {
    const large = { bytesUp: 2 ** 32 + 7, bytesDown: 2 ** 33 + 1 };
    const [window] = windowsOf({ flows: [flow({ client: '10.0.0.9' }), flow(large)] });
    expect(firstHost(window)).toMatchObject(large);
    const sum = (account: HostAccount): number => account.lookedInto + account.harmless + account.inside;
    expect([...(window?.account ?? [])].map(sum)[0]).toBe(large.bytesUp + large.bytesDown);
  });

  it('turns round a flow that was joined from an answer', () => {
    const joined = namelessFlow({
      client: '160.79.104.10',
      server: '10.0.0.5',
      clientPort: 443,
      serverPort: 50_000,
      clientKnownBy: 'firstPacket',
      isMidFlow: true,
    });
    const [row] = rowsOf({ flows: [joined] });
    expect(row).toMatchObject({ host: '10.0.0.5', name: '[160.79.104.10]', bytesUp: 9000, midFlow: 1 });
  });

  it('turns round a flow between two of our hosts that was joined from an answer, by its ports', () => {
    const joined = namelessFlow({
      client: '10.1.0.10',
      server: '10.0.0.5',
      clientPort: 443,
      serverPort: 50_000,
      clientKnownBy: 'firstPacket',
      isMidFlow: true,
    });
    const hostsOf = (over: Partial<FlowRecord>): string[] =>
      (windowsOf({ flows: [{ ...joined, ...over }] })[0]?.hosts ?? [])
        .filter(({ flows }) => flows > 0)
        .map(({ host }) => host);
    expect(hostsOf({})).toEqual(['10.0.0.5']);
    expect(hostsOf({ clientPort: 40_000 })).toEqual(['10.1.0.10']);
    expect(hostsOf({ clientKnownBy: 'syn', isMidFlow: false })).toEqual(['10.1.0.10']);
  });

  it('counts named networks as ours', () => {
    const aggregator = newAggregator(['198.51.100.0/24']);
    aggregator.addFlow(flow({ client: '203.0.113.9', server: '198.51.100.4' }));
    const windows = aggregator.finish('test', 0, NO_COUNTERS, null);
    expect(windows[0]?.hosts).toEqual([]);
  });
});

describe('a machine with global IPv6 addresses alone', () => {
  const opened = flow({ client: '2001:db8::5', server: '2001:db8:f::1' });
  const proofOf = (over: Partial<HostObservationRecord>): string | null | undefined => {
    const ndp = { address: '2001:db8::5', mac: '02:00:00:00:00:05', name: null, source: 'ndp' as const };
    const [window] = windowsOf({ flows: [opened], observations: [observation({ ...ndp, ...over })] });
    return [...(window?.hosts ?? [])].find(({ host }) => host === '2001:db8::5')?.macFrom;
  };

  it('has the MAC that neighbour discovery gives it', () => {
    expect(proofOf({})).toBe('ndp');
  });

  it('has none by messages of another machine, or that come from behind a router', () => {
    expect(proofOf({ isByOwner: false })).not.toBe('ndp');
    expect(proofOf({ source: 'mdns' })).not.toBe('mdns');
  });
});

describe('dark traffic', () => {
  const cases: { name: string; record: FlowRecord; expected: [string, number][] }[] = [
    { name: 'a tunnel', record: namelessFlow({ appHint: 'wireguard' }), expected: [['tunnel', 14_000]] },
    { name: 'DNS over TLS', record: flow({ serverPort: 853, sni: null }), expected: [['dns', 14_000]] },
    { name: 'DNS over HTTPS', record: flow({ sni: 'dns.google' }), expected: [['dns', 14_000]] },
    {
      name: 'a flow joined in its middle',
      record: namelessFlow({ isMidFlow: true }),
      expected: [['midFlow', 14_000]],
    },
    {
      name: 'a flow whose hello was not captured whole',
      record: namelessFlow({ appHint: 'tls' }),
      expected: [['midFlow', 14_000]],
    },
    {
      name: 'a flow whose beginning was cut off',
      record: namelessFlow({ cutShort: true }),
      expected: [['midFlow', 14_000]],
    },
    {
      name: 'no flow in clear text that was parsed, although its packets were cut',
      record: namelessFlow({ cutShort: true, appHint: 'http', isParsed: true }),
      expected: [],
    },
    {
      name: 'a flow that begins like clear text and is none',
      record: namelessFlow({ appHint: 'http' }),
      expected: [['unknown', 14_000]],
    },
    {
      name: 'one direction only',
      record: namelessFlow({ packetsDown: 0, bytesDown: 0 }),
      expected: [['oneWay', 5000]],
    },
    { name: 'bytes that were lost', record: flow({ lostDown: 1460 }), expected: [['loss', 1460]] },
    { name: 'nothing', record: flow(), expected: [] },
    {
      name: 'TCP that looks random from its first byte',
      record: namelessFlow({ appHint: 'encrypted' }),
      expected: [['tunnel', 14_000]],
    },
    {
      name: 'unknown UDP',
      record: namelessFlow({ protocol: 'udp', serverPort: 4999 }),
      expected: [['tunnel', 14_000]],
    },
    {
      name: 'UDP on the port of QUIC, joined in its middle',
      record: namelessFlow({ protocol: 'udp' }),
      expected: [['midFlow', 14_000]],
    },
    {
      name: 'no UDP of a time server',
      record: namelessFlow({ protocol: 'udp', serverPort: 123, appHint: 'naming' }),
      expected: [],
    },
    {
      name: 'other UDP on the port of time servers',
      record: namelessFlow({ protocol: 'udp', serverPort: 123 }),
      expected: [['unknown', 14_000]],
    },
    {
      name: 'UDP in one direction: the other may have other ports',
      record: namelessFlow({ protocol: 'udp', serverPort: 4999, packetsDown: 0 }),
      expected: [['unknown', 14_000]],
    },
    {
      name: 'UDP of a few bytes: a tunnel may change its ports',
      record: namelessFlow({ protocol: 'udp', serverPort: 4999, payloadUp: 2000, payloadDown: 2000 }),
      expected: [['unknown', 14_000]],
    },
    {
      name: 'mail that was encrypted without a hello',
      record: namelessFlow({ serverPort: 587, appHint: 'mail' }),
      expected: [['mail', 14_000]],
    },
    {
      name: 'a binary protocol over TCP',
      record: namelessFlow({ serverPort: 5432 }),
      expected: [['unknown', 14_000]],
    },
  ];

  it.each(cases)('is counted for $name', ({ record, expected }) => {
    const [window] = windowsOf({ flows: [record] });
    expect(firstHost(window)?.notVisible.map((part) => [part.kind, part.bytes])).toEqual(expected);
  });
});

describe('a flow of several slices', () => {
  const slice = (second: number, over: Partial<FlowRecord>): FlowRecord =>
    flow({
      flowId: 7,
      isFirstSlice: second === 0,
      isLastSlice: false,
      firstUs: START_US + second * 1_000_000,
      lastUs: START_US + (second + 1) * 1_000_000,
      ...over,
    });
  const oneWayBytes = (flows: readonly FlowRecord[]): number[] =>
    windowsOf({ flows }).map(({ hosts }) =>
      ([...hosts][0]?.notVisible ?? []).reduce(
        (sum, { kind, bytes }) => sum + (kind === 'oneWay' ? bytes : 0),
        0,
      ),
    );

  it('is seen in one direction until the other shows', () => {
    const half = { packetsDown: 0, bytesDown: 0 };
    expect(oneWayBytes([slice(0, half), slice(60, half), slice(120, half)])).toEqual([5000, 5000, 5000]);
    expect(oneWayBytes([slice(0, half), slice(60, {}), slice(120, half)])).toEqual([5000, 0, 0]);
    expect(oneWayBytes([slice(0, {}), slice(60, half)])).toEqual([0, 0]);
  });
});

describe('closing windows while records come', () => {
  it('closes windows that have ended, and puts what comes late into the first open window', () => {
    const aggregator = newAggregator();
    aggregator.addFlow(flow());
    const closed = aggregator.close(START_US + 60_000_000, 'test', 0, NO_COUNTERS);
    expect(closed.map((window) => window.rows.length)).toEqual([1]);
    aggregator.addFlow(flow({ bytesUp: 77 }));
    const rest = aggregator.finish('test', 0, NO_COUNTERS, null);
    expect(rest.map((window) => [window.startSeconds * 1e6 - START_US, window.rows[0]?.bytesUp])).toEqual([
      [60_000_000, 77],
    ]);
  });
});
