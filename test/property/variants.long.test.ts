// Every way in which a network can carry one ClientHello: each hello that is wholly on the wire is found, once and right.
import { describe, expect, it } from 'vitest';
import { BASE_HELLOS, type BaseHello, inRecords } from './variants/base-hello.ts';
import { type GatheredItem, type Shape, Variants } from './variants/conversation.ts';
import { ipFragments, PROTOCOL_TCP } from './variants/ip.ts';
import { LINKS } from './variants/links.ts';
import { cutAt, evenCuts, everyOrder } from './variants/orders.ts';
import { TUNNELS } from './variants/tunnels.ts';

const VERSIONS = [4, 6] as const;
const SHAPES: readonly { readonly name: string; readonly shape: Shape }[] = [
  { name: 'whole connection', shape: {} },
  { name: 'no SYN', shape: { hasSyn: false } },
  { name: 'client side only', shape: { hasServer: false } },
  { name: 'client side only, no SYN', shape: { hasServer: false, hasSyn: false } },
  { name: 'sequence numbers wrap', shape: { start: 0xffff_ffff - 40 } },
];
const [SMALL] = BASE_HELLOS;
const EXCERPT = 20;
/** Number of segments that wait for the start of a hello: a limit of the decoder against floods. */
const MOST_EARLY_PIECES = 12;

function whole(bytes: Buffer): GatheredItem[] {
  return [{ offset: 0, bytes }];
}

/** No faults, and at least the expected number of variants was tested. */
function expectAllFound(variants: Variants, atLeast: number): void {
  expect(variants.count).toBeGreaterThanOrEqual(atLeast);
  const faults = variants.faults();
  expect({ of: variants.count, wrong: faults.length, first: faults.slice(0, EXCERPT) }).toEqual({
    of: variants.count,
    wrong: 0,
    first: [],
  });
}

function addToAll(variants: Variants, version: 4 | 6): void {
  for (const hello of BASE_HELLOS) {
    const bytes = inRecords(hello.message);
    variants.add(`${hello.name}, IPv${version}`, hello, whole(bytes), { version });
    variants.add(
      `${hello.name} in three pieces, IPv${version}`,
      hello,
      cutAt(bytes, evenCuts(bytes.length, 3)).reverse(),
      { version },
    );
  }
}

describe('encapsulations', () => {
  it.each(LINKS)('$name carries hellos, bare and with every tunnel inside', (link) => {
    for (const tunnels of [[], ...TUNNELS.map((tunnel) => [tunnel])]) {
      const variants = new Variants(link, tunnels);
      for (const version of VERSIONS)
        if ((tunnels[0]?.carries ?? version) === version) addToAll(variants, version);
      const faults = variants.faults();
      expect({ tunnels: tunnels.map(({ name }) => name), faults }).toEqual({
        tunnels: tunnels.map(({ name }) => name),
        faults: [],
      });
    }
  });

  it.each(TUNNELS.filter(({ carries }) => carries === undefined))(
    '$name carries every other tunnel',
    (outer) => {
      for (const inner of TUNNELS) {
        const variants = new Variants(undefined, [outer, inner]);
        addToAll(variants, inner.carries ?? 4);
        expect({ inner: inner.name, faults: variants.faults() }).toEqual({ inner: inner.name, faults: [] });
      }
    },
  );
});

describe('segments', () => {
  it.each(SHAPES)('cut in two at every byte, in both orders: $name', ({ name, shape }) => {
    const variants = new Variants();
    for (const hello of BASE_HELLOS) {
      const bytes = inRecords(hello.message);
      for (let at = 1; at < bytes.length; at++) {
        const items = cutAt(bytes, [at]);
        variants.add(`${hello.name} cut at ${at}, ${name}`, hello, items, shape);
        variants.add(`${hello.name} cut at ${at}, reversed, ${name}`, hello, items.reverse(), shape);
      }
    }
    expectAllFound(variants, 4000);
  });

  const splits = [1, 2, 3, 4, 5].flatMap((places) =>
    SHAPES.map(({ name, shape }) => ({ places, name, shape })),
  );
  it.each(splits)('cut at $places places, in every order: $name', ({ places, name, shape }) => {
    const variants = new Variants();
    for (const hello of BASE_HELLOS) {
      const bytes = inRecords(hello.message);
      for (const shift of [0, -3, 7]) {
        for (const order of everyOrder(cutAt(bytes, evenCuts(bytes.length, places + 1, shift)))) {
          variants.add(`${hello.name} in the order ${orderText(order)}, ${name}`, hello, [...order], shape);
        }
      }
    }
    expectAllFound(variants, places + 1);
  });

  it('cut into eight pieces, in each of the 40 320 orders', () => {
    const hello = required(SMALL);
    const bytes = inRecords(hello.message);
    const variants = new Variants();
    for (const order of everyOrder(cutAt(bytes, evenCuts(bytes.length, 8)))) {
      variants.add(`in the order ${orderText(order)}`, hello, [...order]);
    }
    expectAllFound(variants, 40_320);
  });

  it.each(BASE_HELLOS)('cut at eight places, in orders drawn evenly from all: $name', (hello) => {
    const bytes = inRecords(hello.message);
    const variants = new Variants();
    let number = 0;
    for (const order of everyOrder(cutAt(bytes, evenCuts(bytes.length, 9)))) {
      if (number++ % 101 === 0) variants.add(`in the order ${orderText(order)}`, hello, [...order]);
    }
    expectAllFound(variants, 3592);
  });
});

describe('repetitions and overlaps', () => {
  it('segments sent twice, at once, at the end, or with other borders', () => {
    const variants = new Variants();
    for (const hello of BASE_HELLOS) {
      const bytes = inRecords(hello.message);
      for (const items of [2, 3, 5]) {
        const cut = cutAt(bytes, evenCuts(bytes.length, items));
        const other = cutAt(bytes, evenCuts(bytes.length, items, 11));
        const name = `${hello.name} in ${items} pieces`;
        variants.add(
          `${name}, each twice`,
          hello,
          cut.flatMap((item) => [item, item]),
        );
        variants.add(`${name}, all again`, hello, [...cut, ...cut]);
        variants.add(`${name}, reversed, all again`, hello, [...cut.reverse(), ...cut]);
        variants.add(`${name}, again with other borders`, hello, [...cut, ...other]);
        variants.add(`${name}, one missing, then all with other borders`, hello, [...cut.slice(1), ...other]);
        variants.add(`${name}, then the whole`, hello, [...cut.slice(1), ...whole(bytes)]);
      }
    }
    expectAllFound(variants, 54);
  });

  it.each([1, 5, 40])('pieces that overlap by %i equal bytes, in every order', (overlap) => {
    const variants = new Variants();
    for (const hello of BASE_HELLOS) {
      const bytes = inRecords(hello.message);
      for (const count of [2, 3, 4]) {
        const items = cutAt(bytes, evenCuts(bytes.length, count)).map(({ offset, bytes: item }) => {
          const from = Math.max(0, offset - overlap);
          return { offset: from, bytes: bytes.subarray(from, offset + item.length + overlap) };
        });
        for (const order of everyOrder(items))
          variants.add(`${hello.name} in the order ${orderText(order)}`, hello, [...order]);
      }
    }
    expectAllFound(variants, 96);
  });

  it.each([1, 5, 40])('of %i bytes that are sent again and differ, the first stay', (overlap) => {
    const variants = new Variants();
    for (const hello of BASE_HELLOS) {
      const bytes = inRecords(hello.message);
      for (const count of [2, 3, 4]) {
        const items = cutAt(bytes, evenCuts(bytes.length, count)).map(({ offset, bytes: item }) => {
          const from = Math.max(0, offset - overlap);
          return { offset: from, bytes: Buffer.concat([Buffer.alloc(offset - from, 0x5a), item]) };
        });
        variants.add(`${hello.name} in ${count} pieces`, hello, items);
      }
    }
    expectAllFound(variants, 9);
  });
});

describe('TLS records', () => {
  it('a message in two records, cut at every byte', () => {
    const variants = new Variants();
    for (const hello of BASE_HELLOS) {
      for (let at = 1; at < hello.message.length; at++) {
        variants.add(`${hello.name} cut at ${at}`, hello, whole(inRecords(hello.message, [at])));
      }
    }
    expectAllFound(variants, 2000);
  });

  it.each(SHAPES)(
    'a message in two and three records, over segments in every order: $name',
    ({ name, shape }) => {
      const variants = new Variants();
      for (const hello of BASE_HELLOS) addRecordVariants(variants, hello, name, shape);
      expectAllFound(variants, 500);
    },
  );
});

function addRecordVariants(variants: Variants, hello: BaseHello, name: string, shape: Shape): void {
  const end = hello.message.length;
  for (const cuts of [
    [1],
    [4],
    [end >> 1],
    [end - 1],
    [1, 2],
    [3, 40],
    [end >> 2, end >> 1],
    [end - 2, end - 1],
  ]) {
    const bytes = inRecords(hello.message, cuts);
    for (const items of [1, 2, 3, 4]) {
      for (const order of everyOrder(cutAt(bytes, evenCuts(bytes.length, items)))) {
        variants.add(
          `${hello.name} in records cut at ${cuts.join(', ')}, order ${orderText(order)}, ${name}`,
          hello,
          [...order],
          shape,
        );
      }
    }
  }
}

describe('IP fragments', () => {
  const places = [undefined, ...TUNNELS.filter(({ name }) => /^(VXLAN|GRE with IP|GTP-U)$/.test(name))];
  it.each(places.map((tunnel) => ({ tunnel, inside: tunnel?.name ?? 'no tunnel' })))(
    'two to five, in every order, inside $inside',
    ({ tunnel }) => {
      const variants = new Variants(undefined, tunnel === undefined ? [] : [tunnel]);
      let identification = 0;
      for (const version of VERSIONS) {
        for (const hello of BASE_HELLOS) {
          const bytes = inRecords(hello.message);
          for (const count of [2, 3, 4, 5]) {
            const cuts = evenCuts(bytes.length + 20, count).map((cut) => cut & ~7);
            for (const order of everyOrder([...Array(count).keys()])) {
              const number = ++identification;
              const places = [...order];
              variants.addPackets(
                `${hello.name}, IPv${version}, order ${places}`,
                hello,
                bytes,
                version,
                (client, server, tcp) => {
                  const fragments = ipFragments(
                    client.address,
                    server.address,
                    PROTOCOL_TCP,
                    tcp,
                    cuts,
                    number,
                  );
                  return places.flatMap((place) => fragments.slice(place, place + 1));
                },
              );
            }
          }
        }
      }
      expectAllFound(variants, 900);
    },
  );

  it('of a tunnel, around the packet with the hello', () => {
    const hello = required(BASE_HELLOS[2]);
    for (const tunnel of TUNNELS.filter(({ carries }) => carries === undefined)) {
      const variants = new Variants();
      const wrapped = new Map<number, Buffer>();
      variants.addPackets(tunnel.name, hello, inRecords(hello.message), 4, (client, server, tcp) => {
        const [inner] = ipFragments(client.address, server.address, PROTOCOL_TCP, tcp, [], 1);
        const outer = tunnel.wrap(required(inner));
        wrapped.set(client.port, outer);
        return outer.readUInt8(0) >> 4 === 4 ? fragmentsOf(outer) : [outer];
      });
      expect({ tunnel: tunnel.name, faults: variants.faults() }).toEqual({ tunnel: tunnel.name, faults: [] });
    }
  });
});

/** An IPv4 packet cut in three, the last fragment first. */
function fragmentsOf(packet: Buffer): Buffer[] {
  const address = (at: number) => ({ version: 4 as const, bytes: packet.subarray(at, at + 4), text: '' });
  const payload = packet.subarray(20);
  const cuts = evenCuts(payload.length, 3).map((cut) => cut & ~7);
  return ipFragments(address(12), address(16), packet.readUInt8(9), payload, cuts, 77).reverse();
}

describe('cut captures', () => {
  const snaplens = Array.from({ length: 64 }, (_, index) => 96 + index * 8);
  it.each(snaplens)('a snaplen of %i leaves the hellos whose pieces it does not cut', (snaplen) => {
    const variants = new Variants(undefined, [], snaplen);
    for (const hello of BASE_HELLOS) {
      const bytes = inRecords(hello.message);
      for (const count of [1, 2, 3, 4, 6, 9, 12, 24, 40]) {
        const items = cutAt(bytes, evenCuts(bytes.length, count));
        const isWhole = items.every(({ bytes: item }) => 54 + item.length <= snaplen);
        variants.add(`${hello.name} in ${count} pieces`, isWhole ? hello : null, items);
        if (count > MOST_EARLY_PIECES) continue;
        variants.add(`${hello.name} in ${count} pieces, reversed`, isWhole ? hello : null, items.reverse());
      }
    }
    expectAllFound(variants, 48);
  });
});

function orderText(order: readonly { readonly offset: number }[]): string {
  return order.map(({ offset }) => offset).join(' ');
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('missing');
  return value;
}
