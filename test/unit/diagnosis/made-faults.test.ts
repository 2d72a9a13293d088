// Faults in captures that are made: kinds that the recordings do not have.

import { expect, it } from 'vitest';
import { diagnosesOf, MadeCapture, MODEL, many, OTHER, PROXY, RESOLVER, ROUTER } from './made-capture.ts';

const ICMP_EXCEEDED = 11;
const PROXY_NAME = 'proxy.corp.example';

type Expected = readonly [fault: string, leg: string, confidence: string];

const FAULTS: Readonly<Record<string, readonly [() => MadeCapture, Expected]>> = {
  'an answer that comes after 37 s': [
    () => {
      const made = new MadeCapture();
      made.prompt(made.lookup(0, MODEL.name), MODEL, { waitMs: 37_000 });
      return made;
    },
    ['provider-slow', 'provider', 'possible'],
  ],
  'answers that come after 31 s and 37 s': [
    () => {
      const made = new MadeCapture();
      const ms = made.prompt(made.lookup(0, MODEL.name), MODEL, { waitMs: 31_000 });
      made.prompt(ms + 900, MODEL, { waitMs: 37_000 });
      return made;
    },
    ['provider-slow', 'provider', 'possible'],
  ],
  'a small stream that a proxy holds back': [
    () => {
      const made = new MadeCapture();
      const connection = made.connect(made.lookup(0, MODEL.name), MODEL).open().handshake().request(30_000);
      connection.answer([4200], { waitMs: 6000 }).close();
      return made;
    },
    ['buffering', 'proxy', 'possible'],
  ],
  'a long stream that a proxy holds back': [
    () => {
      const made = new MadeCapture();
      const connection = made.connect(made.lookup(0, MODEL.name), MODEL).open().handshake().request(30_000);
      connection.answer([16_000, 9000], { waitMs: 28_000, gapMs: 2 }).close();
      return made;
    },
    ['buffering', 'proxy', 'likely'],
  ],
  'a routing loop': [
    () => {
      const made = new MadeCapture({ isLost: (way, ms) => way === 'up' && ms < 60_000 });
      const ms = made.lookup(0, MODEL.name);
      for (let i = 0; i < 3; i++) {
        const tried = made.connect(ms + i * 9000, MODEL);
        for (let sent = 0; sent < 3; sent++) tried.open({ attempts: 1 }).icmp(ROUTER, ICMP_EXCEEDED, 0);
      }
      made.lookup(60_000, OTHER.name, { addresses: [OTHER.server] });
      made.prompt(61_000, OTHER);
      return made;
    },
    ['tcp-blackhole', 'path', 'likely'],
  ],
  'a wrong port of a proxy without a name: refused': [
    () => {
      const made = new MadeCapture({ isLost: (way) => way === 'up' });
      for (let i = 0; i < 4; i++)
        made
          .connect(i * 2000, { ...MODEL, proxy: PROXY, port: 8080 })
          .open({ attempts: 1 })
          .wait(-999)
          .reset('server');
      return made;
    },
    ['proxy-unreachable', 'proxy', 'possible'],
  ],
  'a wrong port of a proxy without a name: silent': [
    () => {
      const made = new MadeCapture({ isLost: (way) => way === 'up' });
      for (let i = 0; i < 2; i++)
        made.connect(i * 9000, { ...MODEL, proxy: PROXY, port: 8081 }).open({ attempts: 3 });
      return made;
    },
    ['proxy-unreachable', 'proxy', 'possible'],
  ],
  'an unusual port of a named proxy: refused': [
    () => {
      const made = new MadeCapture({ isLost: (way) => way === 'up' });
      for (let i = 0; i < 4; i++) {
        const ms = made.lookup(i * 2000, PROXY_NAME, { addresses: [PROXY] });
        made
          .connect(ms, { ...MODEL, proxy: PROXY, port: 31_280 })
          .open({ attempts: 1 })
          .wait(-999)
          .reset('server');
      }
      return made;
    },
    ['proxy-unreachable', 'proxy', 'certain'],
  ],
  'TLS to the clear-text port of a proxy': [
    () => {
      const made = new MadeCapture();
      for (let i = 0; i < 3; i++) {
        const ms = made.lookup(i * 4000, PROXY_NAME, { addresses: [PROXY] });
        const connection = made
          .connect(ms, { name: PROXY_NAME, server: PROXY, port: 3128, rttMs: 1, ttl: 64 })
          .open()
          .hello();
        connection
          .send('down', Buffer.from('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'))
          .close('server', { hasFarewell: false });
      }
      return made;
    },
    ['proxy-unreachable', 'client', 'certain'],
  ],
  'TLS to the clear-text port of a proxy that closes': [
    () => {
      const made = new MadeCapture();
      for (let i = 0; i < 3; i++) {
        const ms = made.lookup(i * 4000, PROXY_NAME, { addresses: [PROXY] });
        made
          .connect(ms, { name: PROXY_NAME, server: PROXY, port: 3128, rttMs: 1, ttl: 64 })
          .open()
          .hello()
          .close('server', { hasFarewell: false });
      }
      return made;
    },
    ['proxy-unreachable', 'client', 'likely'],
  ],
  'a page of 3 kB in answer to a prompt': [
    () => {
      const made = new MadeCapture();
      made
        .connect(made.lookup(0, MODEL.name), MODEL)
        .open()
        .handshake()
        .request(30_000)
        .answer([3100], { waitMs: 60 })
        .close();
      return made;
    },
    ['provider-error', 'provider', 'possible'],
  ],
  'resets of a device at one age': [
    () => {
      const made = new MadeCapture();
      const ms = made.lookup(0, MODEL.name);
      for (let i = 0; i < 4; i++) {
        const connection = made
          .connect(ms + i * 20_000, MODEL)
          .open()
          .handshake()
          .request(30_000 + i * 700);
        connection.answer(many(140, 180 + i), { gapMs: 60 }).reset('server', { ttl: 63 });
      }
      return made;
    },
    ['proxy-lifetime', 'local-firewall', 'likely'],
  ],
  'DNS queries that a device prohibits': [
    () => {
      const made = new MadeCapture();
      for (let i = 0; i < 3; i++) made.lookup(i * 2000, MODEL.name, { icmp: [ROUTER, 3, 13] });
      return made;
    },
    ['dns-timeout', 'local-firewall', 'certain'],
  ],
  'DNS queries to a closed port': [
    () => {
      const made = new MadeCapture();
      for (let i = 0; i < 3; i++) made.lookup(i * 2000, MODEL.name, { icmp: [RESOLVER, 3, 3] });
      return made;
    },
    ['dns-timeout', 'resolver', 'certain'],
  ],
  'an alias without an address': [
    () => {
      const made = new MadeCapture();
      for (let i = 0; i < 3; i++) made.lookup(i * 2000, MODEL.name, { alias: 'edge.example.net' });
      return made;
    },
    ['dns-blocked', 'resolver', 'likely'],
  ],
};

it.each(Object.entries(FAULTS))('%s is found', async (_, [make, expected]) => {
  const [found] = await diagnosesOf(make());
  expect([found?.fault, found?.leg, found?.confidence]).toEqual(expected);
});
