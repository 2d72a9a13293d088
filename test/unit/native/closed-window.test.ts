import { describe, expect, test } from 'vitest';
import { analyze, loadCatalogue } from '../../../src/index.ts';
import { ROW_SUMS } from '../../../src/model/counters.ts';
import { accountBytes, joinHosts, selectHosts, sumByHost } from '../../../src/model/entries.ts';
import type { HelloCounts, HostTotals } from '../../../src/model/usage.ts';
import { WindowReader } from '../../../src/native/closed-window.ts';
import { collectFacts } from '../../../src/report/document/host-facts.ts';
import { isSameWindow } from '../../../src/window/clash.ts';
import { window } from '../attribution/rows.ts';

const reader = () =>
  new WindowReader({
    host: ({ totals }) => totals,
    helloTimes: (times) => times,
    notVisible: (parts) => parts,
    destinations: (parts) => parts,
    exchanges: (exchanges, cells) => ({ exchanges, cells }),
  });

/** An image as image.cc writes it; each host has a number of a text, and no lists. */
function imageOf(
  firstText: number,
  texts: readonly string[],
  hosts: readonly number[],
  { room = 0, isNarrow = true, rows = [0], queriedNames = [0] } = {},
): ArrayBuffer {
  const stats = [1, 2, 3, 4, 5, 0];
  const heard = [7, 2, 3, 9];
  const totals = hosts.flatMap((text) => [text, 0, 1, 1, 2, 3, 4, 5, 6, 0]);
  const entries = [totals.length, isNarrow ? 1 : 0, hosts.length, ...totals];
  const numbers = [600, ...stats, ...heard, 0, ...entries, ...rows, ...queriedNames, 0, 0, 0, 0, 0, 0, 0];
  const bytes = new TextEncoder().encode(texts.join(''));
  const head = [numbers.length, texts.length, firstText, bytes.length];
  const doubles = Float64Array.from([...head, ...numbers, ...texts.map((text) => text.length)]);
  const image = new Uint8Array(doubles.byteLength + bytes.length + room);
  image.fill(0x41);
  image.set(new Uint8Array(doubles.buffer));
  image.set(bytes, doubles.byteLength);
  return image.buffer;
}

const hostsOf = (images: readonly ArrayBuffer[]): (readonly string[])[] => {
  const windows = reader();
  return images.map((image) => windows.read(image).hosts.map(({ host }) => host));
};

const NO_HOSTS: readonly HostTotals[] = [];

function groupSums<T extends { readonly host: string }>(entries: readonly T[], of: (entry: T) => number) {
  const sums = new Map<string, number>();
  for (const entry of entries) sums.set(entry.host, (sums.get(entry.host) ?? 0) + of(entry));
  return sums;
}

describe('images of closed windows', () => {
  test('have the texts of those before them', () => {
    expect(
      hostsOf([
        imageOf(1, ['10.0.0.1', 'd\u00e9v', '\u{1f600}'], [1, 2, 3]),
        imageOf(4, [], [2]),
        imageOf(4, ['10.0.0.2'], [4, 1]),
      ]),
    ).toEqual([['10.0.0.1', 'd\u00e9v', '\u{1f600}'], ['d\u00e9v'], ['10.0.0.2', '10.0.0.1']]);
  });

  test('begin with number 1 where the collector has forgotten its texts', () => {
    expect(hostsOf([imageOf(1, ['a', 'b'], [1, 2]), imageOf(1, ['c'], [1, 2])])).toEqual([
      ['a', 'b'],
      ['c', ''],
    ]);
  });

  test('may be read after later ones, as often as one likes', () => {
    const windows = reader();
    const [first, second] = [imageOf(1, ['a', 'b'], [1, 2]), imageOf(1, ['c'], [1])].map((image) => {
      const { hosts } = windows.read(image);
      new Uint8Array(image).fill(0xff);
      return hosts;
    });
    const namesOf = (hosts: typeof first) => hosts?.map(({ host }) => host);
    expect([namesOf(second), namesOf(first), namesOf(first)]).toEqual([['c'], ['a', 'b'], ['a', 'b']]);
    expect(first?.length).toBe(2);
    expect(first?.filter(({ host }) => host === 'b').length).toBe(1);
    expect(first?.some(({ host }) => host === 'c')).toBe(false);
    expect(first?.every(({ host }) => host !== 'c')).toBe(true);
    expect(first?.flatMap(({ host }) => [host, host])).toEqual(['a', 'a', 'b', 'b']);
    expect(JSON.parse(JSON.stringify(first))).toHaveLength(2);
  });

  test('have other entries for some hosts, in their place, and keep the rest as columns', () => {
    const windows = reader();
    const [first, second] = [imageOf(1, ['a', 'b', 'c', 'd'], [1, 2, 3, 4]), imageOf(5, [], [2, 3])].map(
      (image) => windows.read(image).hosts,
    );
    const joined = joinHosts(
      first ?? [],
      (host) => host !== 'b' && host !== 'd',
      (entries) => [{ ...entries[0], host: 'c', flows: 7 } as HostTotals],
    );
    const flowsOf = (list: Iterable<HostTotals>) => [...list].map(({ host, flows }) => [host, flows]);
    expect(flowsOf(joined)).toEqual([
      ['b', 1],
      ['c', 7],
      ['d', 1],
    ]);
    expect(joined.length).toBe(3);
    expect(flowsOf(selectHosts(joined, (host) => host > 'b'))).toEqual([
      ['c', 7],
      ['d', 1],
    ]);
    // Sums of a host come in the order of windows, whatever the order of the lists.
    const summed = [[joined, second ?? []] as const, [second ?? [], joined] as const].map((lists) =>
      flowsOf(sumByHost(lists)).filter(([host]) => host === 'c' || host === 'b'),
    );
    expect(summed).toEqual([
      [
        ['c', 7],
        ['b', 2],
        ['c', 1],
      ],
      [
        ['c', 1],
        ['c', 7],
        ['b', 2],
      ],
    ]);
    const again = joinHosts(
      joined,
      (host) => host === 'c' || host === 'd',
      () => [],
    );
    expect(flowsOf(again)).toEqual([['b', 1]]);
    expect(
      joinHosts(
        again,
        (host) => host === 'x',
        () => [],
      ),
    ).toBe(again);
  });

  test('have times from the start of the window, and numbers of 32 bits where all fit', () => {
    const bytesUp = [3, 2 ** 32 + 7];
    const found = bytesUp.map((bytes) => {
      const image = imageOf(1, ['a'], [1], { isNarrow: bytes < 2 ** 32 });
      new Float64Array(image, 32, 30).set([bytes], 20);
      return reader()
        .read(image)
        .hosts.map((host) => [host.bytesUp, host.firstUs, host.lastUs]);
    });
    expect(found).toEqual(bytesUp.map((bytes) => [[bytes, 600_000_005, 600_000_006]]));
  });

  test('have the fields of messages in the order of their declaration, and words as numbers or as texts', () => {
    const texts = ['10.0.0.1', 'api.example', 'quic', 'q13d', 'esni', 'h3', 'node'];
    const fingerprint = [1, -3, 4, 0, -5, 1, 6];
    // Host, name, source, proxy, product; times, openSeconds, bytes; a hello time; six empty lists; counters.
    const row = [1, 2, 2, 3, 7, ...fingerprint, 11, 12, 13, 14, 15, 1, 16, 0, 0, 0, 0, 0, 0];
    const sums = Object.keys(ROW_SUMS).map((_, i) => 100 + i);
    const queriedName = [1, 2, 3, 21, 22, 1, 2, 1, 0, 1, 7, 23, 24];
    const image = imageOf(1, texts, [], {
      rows: [1, ...row, ...sums],
      queriedNames: [1, ...queriedName],
    });
    const read = reader().read(image);
    expect(read.rows).toEqual([
      {
        ...{ host: '10.0.0.1', name: 'api.example', nameFrom: 'dns', proxy: 'socks5', userAgent: 'node' },
        fingerprint: { transport: 'quic', ja4: 'q13d', ja3: '', ech: 'esni', alpn: ['h3'] },
        ...{ firstUs: 11, lastUs: 12, openSeconds: 13, helloBytesMin: 14, helloBytesMax: 15 },
        ...{ helloTimesUs: [16], servers: [], serverPorts: [], communityIds: [], macs: [] },
        ...{ exchanges: [], cells: [] },
        ...Object.fromEntries(Object.keys(ROW_SUMS).map((name, i) => [name, 100 + i])),
      },
    ]);
    expect(read.queriedNames).toEqual([
      {
        ...{ host: '10.0.0.1', name: 'api.example', count: 3, firstUs: 21, lastUs: 22 },
        ...{ addresses: ['api.example'], offersEch: true, isLogged: false },
        echAnswers: [{ resolver: 'node', firstUs: 23, ttlSeconds: 24 }],
      },
    ]);
  });

  test('are compared by what they say', () => {
    const [one, same, other] = ['10.0.0.1', '10.0.0.1', '10.0.0.2'].map((host) => ({
      ...window([]),
      hosts: reader().read(imageOf(1, [host], [1])).hosts,
    }));
    if (one === undefined || same === undefined || other === undefined) throw new Error('no windows');
    expect(isSameWindow(one, same)).toBe(true);
    expect(isSameWindow(one, other)).toBe(false);
    expect(isSameWindow(one, { ...one, hosts: [...one.hosts] })).toBe(true);
  });

  test.each(['demo', 'recordings/claude-code-2.1.329-ca-relay-print'])(
    'give the entries of some hosts as all of them do: %s',
    async (capture) => {
      const { windows } = await analyze([`captures/${capture}.pcap.gz`], {
        catalogue: await loadCatalogue(),
        workers: 1,
        windowSeconds: 10,
      });
      const hosts = [...new Set(windows.flatMap((each) => each.hosts.map(({ host }) => host)))];
      for (let part = 0; part < 3; part++) {
        const wanted = new Set(hosts.filter((_, i) => i % 3 === part));
        const isWanted = (host: string) => wanted.has(host);
        for (const { hosts: totals, hellos = [] } of windows) {
          expect(selectHosts(totals, isWanted)).toEqual([...totals].filter(({ host }) => isWanted(host)));
          expect(selectHosts(hellos, isWanted)).toEqual([...hellos].filter(({ host }) => isWanted(host)));
          expect(selectHosts([...totals], isWanted)).toEqual(selectHosts(totals, isWanted));
        }
      }
      expect(windows.some(({ hosts: totals }) => totals.ofHosts !== undefined)).toBe(true);
      expect(hosts.length).toBeGreaterThan(1);
    },
  );

  test('add up where neighbours differ in counters alone', () => {
    const windows = reader();
    const lists = [
      imageOf(1, ['a', 'b', '02:00:00:00:00:01'], [1, 2]),
      imageOf(4, [], [1]),
      imageOf(4, [], [2]),
    ];
    // The second image has the host with another MAC.
    new Float64Array(lists[1] ?? new ArrayBuffer(0), 32).set([3], 16);
    const hosts = lists.map((image) => windows.read(image).hosts);
    const sums = [...sumByHost([NO_HOSTS, ...hosts, ...hosts, [...(hosts[0] ?? [])]])];
    expect(sums.map(({ host, mac, flows, bytesUp }) => [host, mac, flows, bytesUp])).toEqual([
      ['a', null, 1, 3],
      ['a', '02:00:00:00:00:01', 1, 3],
      ['a', null, 1, 3],
      ['a', '02:00:00:00:00:01', 1, 3],
      ['b', null, 4, 12],
      ['a', null, 1, 3],
      ['b', null, 1, 3],
    ]);
  });

  test('of a capture add up to what all of their entries do', async () => {
    const { windows } = await analyze(['captures/demo.pcap.gz'], {
      catalogue: await loadCatalogue(),
      workers: 1,
      windowSeconds: 10,
    });
    const lists = windows.map(({ hosts }) => hosts);
    const all = lists.flatMap((list) => [...list]);
    const sums = [...sumByHost(lists)];
    const inTotal = (entries: readonly HostTotals[]) =>
      groupSums(entries, ({ bytesUp, bytesDown, flows, packets }) => bytesUp + bytesDown + flows + packets);
    expect(sums.length).toBeLessThan(all.length);
    expect(inTotal(sums)).toEqual(inTotal(all));
    expect(collectFacts([{ days: [], hosts: sums }])).toEqual(collectFacts([{ days: [], hosts: all }]));
    const counts = windows.map(({ hellos = [] }) => hellos);
    const ofHello = ({ hellos, ech }: HelloCounts) => 1000 * hellos + ech;
    expect(groupSums([...sumByHost(counts)], ofHello)).toEqual(
      groupSums(
        counts.flatMap((list) => [...list]),
        ofHello,
      ),
    );
  });

  test('have the bytes of accounts before their lists', async () => {
    const { windows } = await analyze(['captures/demo.pcap.gz'], {
      catalogue: await loadCatalogue(),
      workers: 1,
      windowSeconds: 10,
    });
    const accounts = windows.flatMap(({ account }) => (account === undefined ? [] : [account]));
    const bytes = accounts.flatMap((account) => [...accountBytes(account)]);
    expect(accounts.some((account) => 'bytes' in account)).toBe(true);
    expect(bytes).toEqual(accounts.flatMap((account) => [...accountBytes([...account])]));
  });

  test('give out sums where their texts begin again, and lists in memory of any length as they are', () => {
    const windows = reader();
    const first = windows.read(imageOf(1, ['a', 'b'], [1, 2])).hosts;
    const again = windows.read(imageOf(1, ['a', 'c'], [1, 2])).hosts;
    const long = Array.from({ length: 200_000 }, () => ({ ...window([]).hosts, host: 'd' }) as never);
    const hosts = [...sumByHost<HostTotals>([first, first, again, long, first])].map(({ host }) => host);
    expect(hosts.length).toBe(200_006);
    expect([...hosts.slice(0, 5), ...hosts.slice(-2)].join(' ')).toBe('a b a c d a b');
  });

  test('end before the rest of their buffer', () => {
    expect(hostsOf([imageOf(1, ['a', 'bc'], [1, 2], { room: 64 })])).toEqual([['a', 'bc']]);
  });
});
