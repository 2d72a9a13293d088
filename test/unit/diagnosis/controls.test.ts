// Tools that work, in captures that are made: none of them shows a fault.

import { expect, it } from 'vitest';
import {
  CLIENT,
  diagnosesOf,
  MadeCapture,
  MODEL,
  many,
  OTHER,
  PROXY,
  RESOLVER,
  SECOND_RESOLVER,
} from './made-capture.ts';

/** Lookups and several prompts one after another. */
function work(made: MadeCapture, { prompts = 4, startMs = 0, more = {} } = {}): MadeCapture {
  let ms = made.lookup(startMs, MODEL.name);
  for (let i = 0; i < prompts; i++) ms = made.prompt(ms + 1500, MODEL, more);
  made.lookup(ms, OTHER.name, { addresses: [OTHER.server] });
  made.prompt(ms + 40, OTHER, more);
  return made;
}
const seeded = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 0x7fffffff;
  };
};
const lossy = (share: number, seed: number): ((way: string, ms: number) => boolean) => {
  const next = seeded(seed);
  return () => next() < share;
};
const outage =
  (...spans: readonly (readonly [number, number])[]) =>
  (_: string, ms: number): boolean =>
    spans.some(([from, to]) => ms >= from && ms < to);

const CONTROLS: Readonly<Record<string, () => MadeCapture>> = {
  'a usual line': () => work(new MadeCapture()),
  'a slow DSL line': () => work(new MadeCapture({ rttMs: 95 })),
  'a line to another continent': () => work(new MadeCapture({ rttMs: 310 })),
  'a satellite link of 560 ms': () => work(new MadeCapture({ rttMs: 560 })),
  'a satellite link of 620 ms': () => work(new MadeCapture({ rttMs: 620 })),
  'a satellite link of 690 ms': () => work(new MadeCapture({ rttMs: 690 })),
  'a satellite link with long answers': () =>
    work(new MadeCapture({ rttMs: 630 }), { more: { records: 120, up: 90_000 } }),
  'a single outage of 1.2 s': () =>
    work(new MadeCapture({ isLost: outage([3200, 4400]) }), { more: { records: 80 } }),
  'a single outage of 1.2 s during a long answer': () => {
    const made = new MadeCapture({ isLost: outage([4200, 5400]) });
    made.lookup(0, MODEL.name);
    made.connect(5, MODEL).open().handshake().request(60_000).answer(many(300, 400), { gapMs: 20 }).close();
    return made;
  },
  'a single outage of 1.2 s during a large request': () => {
    const made = new MadeCapture({ isLost: outage([100, 1300]) });
    made.lookup(0, MODEL.name);
    made.connect(5, MODEL).open().handshake().request(400_000).answer(many(60)).close();
    return made;
  },
  'an outage of 2.5 s with three connections open': () => {
    const made = new MadeCapture({ isLost: outage([2000, 4500]) });
    made.lookup(0, MODEL.name);
    for (let i = 0; i < 3; i++) made.prompt(300 * i, MODEL, { records: 90, gapMs: 45 });
    return work(made, { startMs: 9000 });
  },
  'a mobile hand-over': () =>
    work(new MadeCapture({ rttMs: 70, isLost: outage([3000, 3700], [12_000, 12_600]) }), {
      more: { records: 100 },
    }),
  'a hand-over from Wi-Fi to mobile: new connections from another address': () => {
    const made = new MadeCapture();
    made.lookup(0, MODEL.name);
    made.connect(10, MODEL).open().handshake().request(30_000).answer(many(40));
    made.prompt(6000, { ...MODEL, client: '10.1.0.6' });
    return made;
  },
  'one burst of Wi-Fi losses': () => {
    const next = seeded(5);
    return work(new MadeCapture({ isLost: (_, ms) => ms > 3000 && ms < 3350 && next() < 0.6 }), {
      more: { records: 120, gapMs: 15 },
    });
  },
  'two bursts of Wi-Fi losses': () => {
    const next = seeded(9);
    const isBurst = (ms: number): boolean => (ms > 3000 && ms < 3300) || (ms > 9000 && ms < 9250);
    return work(new MadeCapture({ isLost: (_, ms) => isBurst(ms) && next() < 0.5 }), {
      more: { records: 150, gapMs: 15 },
    });
  },
  'an outage of 1.2 s while three large requests are under way': () => {
    const made = new MadeCapture({ isLost: outage([170, 1370]) });
    made.lookup(0, MODEL.name);
    for (let i = 0; i < 3; i++)
      made
        .connect(5 + i, MODEL)
        .open()
        .handshake()
        .request(70_000)
        .answer(many(20))
        .close();
    return made;
  },
  'losses of half a percent': () =>
    work(new MadeCapture({ isLost: lossy(0.005, 3) }), { prompts: 8, more: { records: 100 } }),
  'losses of one percent': () =>
    work(new MadeCapture({ isLost: lossy(0.01, 4) }), { prompts: 8, more: { records: 100 } }),
  'resets of the server after finished work': () => {
    const made = new MadeCapture();
    let ms = made.lookup(0, MODEL.name);
    for (let i = 0; i < 4; i++) {
      const connection = made
        .connect(ms + 700, MODEL)
        .open()
        .handshake()
        .request(20_000)
        .answer(many(30));
      ms = connection.wait(60_000).reset('server').ms;
    }
    return made;
  },
  'resets of the client after finished work': () => {
    const made = new MadeCapture();
    let ms = made.lookup(0, MODEL.name);
    for (let i = 0; i < 4; i++)
      ms = made
        .connect(ms + 700, MODEL)
        .open()
        .handshake()
        .request(20_000)
        .answer(many(30))
        .reset('client').ms;
    return made;
  },
  'resets of the server behind its farewell': () => {
    const made = new MadeCapture();
    let ms = made.lookup(0, MODEL.name);
    for (let i = 0; i < 4; i++)
      ms = made
        .connect(ms + 700, MODEL)
        .open()
        .handshake()
        .request(20_000)
        .answer(many(30))
        .close()
        .reset('server').ms;
    return made;
  },
  'a user who stops answers with Ctrl-C': () => {
    const made = new MadeCapture();
    let ms = made.lookup(0, MODEL.name);
    for (let i = 0; i < 4; i++)
      ms = made
        .connect(ms + 3000, MODEL)
        .open()
        .handshake()
        .request(30_000)
        .answer(many(12))
        .abort().ms;
    return work(made, { startMs: ms + 2000, prompts: 1 });
  },
  'a user who stops before the first word': () => {
    const made = new MadeCapture();
    let ms = made.lookup(0, MODEL.name);
    for (let i = 0; i < 3; i++)
      ms = made
        .connect(ms + 3000, MODEL)
        .open()
        .handshake()
        .request(30_000)
        .wait(1200)
        .reset('client').ms;
    return work(made, { startMs: ms + 4000, prompts: 2 });
  },
  'a user who stops slow thoughts and asks again': () => {
    const made = new MadeCapture();
    let ms = made.lookup(0, MODEL.name);
    for (let i = 0; i < 2; i++)
      ms = made
        .connect(ms + 5000, MODEL)
        .open()
        .handshake()
        .request(30_000 + i * 4000)
        .wait(6000)
        .abort(0).ms;
    return work(made, { startMs: ms + 6000, prompts: 2 });
  },
  'a laptop that sleeps and resumes: the server ends the old connection': () => {
    const made = new MadeCapture();
    made.lookup(0, MODEL.name);
    made
      .connect(5, MODEL)
      .open()
      .handshake()
      .request(30_000)
      .answer(many(30))
      .wait(1_800_000)
      .send('up', Buffer.alloc(900, 23), { maxTries: 1 })
      .reset('server');
    return work(made, { startMs: 1_805_000, prompts: 2 });
  },
  'a proxy with a long idle connection': () => {
    const made = new MadeCapture();
    const connection = made
      .connect(0, { ...MODEL, proxy: PROXY })
      .open()
      .handshake()
      .request(30_000)
      .answer(many(30));
    connection.wait(300_000).request(31_000).answer(many(30)).close();
    return made;
  },
  'a proxy that ends idle connections in order': () => {
    const made = new MadeCapture();
    for (let i = 0; i < 3; i++)
      made
        .connect(i * 70_000, { ...MODEL, proxy: PROXY })
        .open()
        .handshake()
        .request(30_000)
        .answer(many(30))
        .wait(60_000)
        .close('server', { hasFarewell: false });
    return made;
  },
  'Happy Eyeballs: IPv6 wins': () => {
    const made = new MadeCapture();
    const ip6 = '2607:6bc0::10';
    let ms = made.lookup(0, MODEL.name, { type: 28, addresses: [ip6] });
    made.lookup(0, MODEL.name);
    for (let i = 0; i < 3; i++) ms = made.prompt(ms + 500, { ...MODEL, server: ip6 });
    return made;
  },
  'Happy Eyeballs: IPv4 wins, and the SYN over IPv6 is given up': () => {
    const made = new MadeCapture();
    const ip6 = '2607:6bc0::10';
    made.lookup(0, MODEL.name, { type: 28, addresses: [ip6] });
    made.lookup(0, MODEL.name);
    for (let i = 0; i < 3; i++) {
      made
        .connect(10 + i * 5000, { ...MODEL, server: ip6, rttMs: 320 })
        .open()
        .reset('client');
      made.prompt(260 + i * 5000, MODEL);
    }
    return made;
  },
  'sessions that are resumed without tickets': () => {
    const made = new MadeCapture();
    let ms = made.lookup(0, MODEL.name);
    for (let i = 0; i < 6; i++)
      ms = made
        .connect(ms + 800, MODEL)
        .open()
        .handshake({ tickets: i % 3 })
        .request(18_000)
        .answer(many(20))
        .close().ms;
    return made;
  },
  'QUIC and TCP in a race that QUIC wins': () => {
    const made = new MadeCapture();
    const ms = made.lookup(0, OTHER.name, { addresses: [OTHER.server] });
    for (let i = 0; i < 3; i++) {
      made.datagram(ms + i * 4000, CLIENT, OTHER.server, [50_000 + i, 443], 1200);
      made.datagram(ms + i * 4000 + 38, OTHER.server, CLIENT, [443, 50_000 + i], 1200);
      made
        .connect(ms + i * 4000 + 20, OTHER)
        .open()
        .close('client', { hasFarewell: false });
    }
    return made;
  },
  'a single 429, then an answer': () => {
    const made = new MadeCapture();
    const ms = made.lookup(0, MODEL.name);
    const connection = made
      .connect(ms, MODEL)
      .open()
      .handshake()
      .request(30_000)
      .answer([420], { waitMs: 90 });
    connection
      .wait(2000)
      .request(30_000)
      .answer(many(40))
      .wait(3000)
      .request(33_000)
      .answer(many(50))
      .close();
    return made;
  },
  'a single 529 on a connection of its own, then an answer': () => {
    const made = new MadeCapture();
    const ms = made.lookup(0, MODEL.name);
    const end = made
      .connect(ms, MODEL)
      .open()
      .handshake()
      .request(30_000)
      .answer([520], { waitMs: 300 })
      .close().ms;
    return work(made, { startMs: end + 1500, prompts: 3 });
  },
  'one of two resolvers with SERVFAIL: the other answers at once': () => {
    const made = new MadeCapture();
    let ms = 0;
    for (let i = 0; i < 4; i++) {
      ms = made.lookup(ms, MODEL.name, { rcode: 2, afterMs: 4 });
      ms = made.lookup(ms + 1, MODEL.name, { resolver: SECOND_RESOLVER, afterMs: 6 });
      ms = made.prompt(ms + 1, MODEL) + 30_000;
    }
    return made;
  },
  'one of two resolvers with a late SERVFAIL': () => {
    const made = new MadeCapture();
    let ms = 0;
    for (let i = 0; i < 3; i++) {
      ms = made.lookup(ms, MODEL.name, { rcode: 2, afterMs: 350 });
      ms = made.lookup(ms + 1, MODEL.name, { resolver: SECOND_RESOLVER, afterMs: 140 });
      ms = made.prompt(ms + 1, MODEL) + 30_000;
    }
    return made;
  },
  'one of two resolvers refuses both types': () => {
    const made = new MadeCapture();
    let ms = 0;
    for (let i = 0; i < 3; i++) {
      made.lookup(ms, MODEL.name, { rcode: 5, type: 28 });
      ms = made.lookup(ms, MODEL.name, { rcode: 5 });
      made.lookup(ms + 1, MODEL.name, { resolver: SECOND_RESOLVER, type: 28, addresses: ['2607:6bc0::10'] });
      ms = made.lookup(ms + 1, MODEL.name, { resolver: SECOND_RESOLVER, afterMs: 20 });
      ms = made.prompt(ms + 1, MODEL) + 30_000;
    }
    return made;
  },
  'a resolver with one SERVFAIL that answers the repetition': () => {
    const made = new MadeCapture();
    let ms = made.lookup(0, MODEL.name, { rcode: 2, afterMs: 40 });
    ms = made.lookup(ms + 20, MODEL.name, { afterMs: 30 });
    ms = made.prompt(ms, MODEL);
    made.lookup(ms + 20_000, MODEL.name);
    made.prompt(ms + 20_010, MODEL);
    return made;
  },
  'a truncated answer that is repeated over TCP': () => {
    const made = new MadeCapture();
    const ms = made.lookup(0, MODEL.name, { isTruncated: true });
    const asked = made.connect(ms, { server: RESOLVER, name: '', port: 53, rttMs: 1, ttl: 64 }).open();
    asked
      .send('up', Buffer.alloc(46))
      .send('down', Buffer.alloc(120))
      .close('client', { hasFarewell: false });
    made.prompt(ms + 20, MODEL);
    made.prompt(ms + 9000, MODEL);
    return made;
  },
  'servers that end kept connections': () => {
    const made = new MadeCapture();
    made.lookup(0, MODEL.name);
    for (let i = 0; i < 4; i++)
      made
        .connect(i * 90_000, MODEL)
        .open()
        .handshake()
        .request(30_000)
        .answer(many(30))
        .wait(60_000)
        .close('server');
    return made;
  },
  'servers that end kept connections without a farewell': () => {
    const made = new MadeCapture();
    made.lookup(0, MODEL.name);
    for (let i = 0; i < 4; i++)
      made
        .connect(i * 90_000, MODEL)
        .open()
        .handshake()
        .request(30_000)
        .answer(many(30))
        .wait(60_000)
        .close('server', { hasFarewell: false });
    return made;
  },
  'HTTP/2 with GOAWAY': () => {
    const made = new MadeCapture();
    made.lookup(0, MODEL.name);
    for (let i = 0; i < 4; i++)
      made
        .connect(i * 90_000, MODEL)
        .open()
        .handshake()
        .request(30_000)
        .answer(many(30))
        .request(12_000)
        .answer(many(20))
        .wait(45_000)
        .answer([17], { waitMs: 0 })
        .close('server');
    return made;
  },
  'a GOAWAY soon after each answer': () => {
    const made = new MadeCapture();
    made.lookup(0, MODEL.name);
    for (let i = 0; i < 5; i++)
      made
        .connect(i * 9000, MODEL)
        .open()
        .handshake()
        .request(30_000)
        .answer(many(30))
        .answer([17], { waitMs: 30 })
        .close('server');
    return made;
  },
  'spare connections that are never used': () => {
    const made = new MadeCapture();
    made.lookup(0, MODEL.name);
    for (let i = 0; i < 4; i++)
      made
        .connect(5 + i, MODEL)
        .open()
        .handshake()
        .wait(30_000)
        .close();
    made.prompt(8, MODEL);
    made.prompt(8000, MODEL);
    return made;
  },
  'spare connections that open no TLS': () => {
    const made = new MadeCapture();
    made.lookup(0, MODEL.name);
    for (let i = 0; i < 3; i++)
      made
        .connect(5 + i, MODEL)
        .open()
        .wait(10_000)
        .close('client', { hasFarewell: false });
    made.prompt(8, MODEL);
    made.prompt(12_000, MODEL);
    return made;
  },
  'spare connections that the server ends': () => {
    const made = new MadeCapture();
    made.lookup(0, MODEL.name);
    for (let i = 0; i < 3; i++)
      made
        .connect(5 + i, MODEL)
        .open()
        .handshake()
        .wait(60_000)
        .close('server', { hasFarewell: i > 0 });
    made.prompt(8, MODEL);
    made.prompt(70_000, MODEL);
    return made;
  },
  'a model that thinks for 25 s once': () => {
    const made = new MadeCapture();
    const ms = made.lookup(0, MODEL.name);
    made.prompt(ms, MODEL, { waitMs: 25_000 });
    return work(made, { startMs: 32_000, prompts: 3 });
  },
  'a model that pauses for 8 s within an answer': () => {
    const made = new MadeCapture();
    const ms = made.lookup(0, MODEL.name);
    const connection = made.connect(ms, MODEL).open().handshake().request(30_000).answer(many(30));
    connection.answer(many(30), { waitMs: 8000 }).close();
    return work(made, { startMs: 32_000, prompts: 3 });
  },
  'a page that is fetched at once': () => {
    const made = new MadeCapture();
    const ms = made.lookup(0, MODEL.name);
    made
      .connect(ms, MODEL)
      .open()
      .handshake()
      .request(700)
      .answer(many(12, 1400), { waitMs: 400, gapMs: 1 })
      .close();
    return work(made, { startMs: 5000, prompts: 3 });
  },
  'a WebSocket that stays open for an hour': () => {
    const made = new MadeCapture();
    const ms = made.lookup(0, OTHER.name, { addresses: [OTHER.server] });
    const socket = made.connect(ms, OTHER).open().handshake().request(1200).answer([160], { waitMs: 120 });
    for (let i = 0; i < 6; i++) socket.wait(600_000).request(20_000).answer(many(20));
    socket.close();
    return made;
  },
  'an idle connection with keep-alives': () => {
    const made = new MadeCapture();
    const ms = made.lookup(0, MODEL.name);
    const connection = made.connect(ms, MODEL).open().handshake().request(30_000).answer(many(30));
    for (let i = 0; i < 6; i++) connection.wait(45_000).keepAlive();
    connection.request(30_000).answer(many(20)).close();
    return made;
  },
  'one lost SYN': () => {
    let isFirst = true;
    const made = new MadeCapture({
      isLost: () => {
        const isLost = isFirst;
        isFirst = false;
        return isLost;
      },
    });
    return work(made);
  },
  'an alias that is followed': () => {
    const made = new MadeCapture();
    const ms = made.lookup(0, MODEL.name, { alias: 'edge.example.net' });
    made.lookup(ms + 1, 'edge.example.net');
    made.prompt(ms + 10, MODEL);
    made.prompt(ms + 9000, MODEL);
    return made;
  },
  'a name without IPv6': () => {
    const made = new MadeCapture();
    for (let i = 0; i < 3; i++) {
      made.lookup(i * 9000, MODEL.name, { type: 28, addresses: [] });
      const ms = made.lookup(i * 9000, MODEL.name);
      made.prompt(ms, MODEL);
    }
    return made;
  },
  'HTTPS records without an answer': () => {
    const made = new MadeCapture();
    for (let i = 0; i < 3; i++) {
      made.lookup(i * 9000, MODEL.name, { type: 65, afterMs: null });
      const ms = made.lookup(i * 9000, MODEL.name);
      made.prompt(ms, MODEL);
    }
    return made;
  },
};

it.each(Object.entries(CONTROLS))('%s shows no fault', async (_, make) => {
  const made = make();
  const found = await diagnosesOf(made);
  const sure = found.filter(({ confidence }) => confidence !== 'possible');
  expect(
    sure.map(({ name, fault, confidence, evidence }) => `${name} ${fault} ${confidence}: ${evidence[0]}`),
  ).toEqual([]);
});
