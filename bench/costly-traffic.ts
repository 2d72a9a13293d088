// Traffic in which every small packet makes the sensor store or report something: names, hosts, forms, exchanges, keys.
import type { Endpoints } from './capture-writer.ts';
import { type CaptureWriter, TCP_ACK, TCP_PSH_ACK, TCP_SYN } from './capture-writer.ts';
import type { Traffic } from './flood.ts';
import type { Random } from './random.ts';

const SERVER = 0xc612_0001; // 198.18.0.1, RFC 2544
const forged = (random: Random): number => 0x0a80_0000 + random.below(0x1_0000);
const endsOf = (random: Random, serverPort: number): Endpoints => ({
  client: forged(random),
  server: SERVER,
  clientPort: 1024 + random.below(60_000),
  serverPort,
});

/** RFC 8446 §4.1.2, minimal: one random cipher, and a name of the catalogue. */
function shortHello(random: Random): Buffer {
  const name = Buffer.from('api.anthropic.com');
  const extension = Buffer.from([0, 0, 0, name.length + 5, 0, name.length + 3, 0, 0, name.length, ...name]);
  const body = Buffer.concat([
    Buffer.from([3, 3]),
    Buffer.alloc(32, 7),
    Buffer.from([0, 0, 2, random.below(256), random.below(256), 1, 0, 0, extension.length]),
    extension,
  ]);
  const head = [22, 3, 1, 0, body.length + 4, 1, 0, 0, body.length];
  return Buffer.concat([Buffer.from(head), body]);
}

const ANSWER = Buffer.concat([
  Buffer.from([22, 3, 3, 0, 4, 2, 0, 0, 0]),
  Buffer.from([23, 3, 3, 0, 17]),
  Buffer.alloc(17),
]);
const DATA = Buffer.concat([Buffer.from([23, 3, 3, 0, 17]), Buffer.alloc(17)]);

function greet(writer: CaptureWriter, ends: Endpoints, random: Random): number {
  const hello = shortHello(random);
  writer.tcp(ends, true, TCP_SYN, 1000, 0, 0);
  writer.tcp(ends, false, TCP_SYN | TCP_ACK, 5000, 1001, 0);
  writer.buffer.set(hello, writer.tcp(ends, true, TCP_PSH_ACK, 1001, 5001, hello.length));
  writer.buffer.set(ANSWER, writer.tcp(ends, false, TCP_PSH_ACK, 5001, 1001 + hello.length, ANSWER.length));
  return 1001 + hello.length;
}

const EXCHANGES = 200;

export const COSTLY: readonly Traffic[] = [
  {
    name: 'greetings',
    about:
      'short hellos for a name of the catalogue from 65 536 forged hosts, each of another form and answered',
    packetsEach: 4,
    write: (writer, _n, random) => void greet(writer, endsOf(random, 443), random),
  },
  {
    name: 'exchanges',
    about: 'requests and answers of one record each in a flow to a name of the catalogue',
    packetsEach: 4 + 2 * EXCHANGES,
    write(writer, _n, random) {
      const ends = endsOf(random, 443);
      let up = greet(writer, ends, random);
      let down = 5001 + ANSWER.length;
      for (let i = 0; i < EXCHANGES; i++) {
        writer.buffer.set(DATA, writer.tcp(ends, true, TCP_PSH_ACK, up, down, DATA.length));
        up += DATA.length;
        writer.buffer.set(DATA, writer.tcp(ends, false, TCP_PSH_ACK, down, up, DATA.length));
        down += DATA.length;
      }
    },
  },
  {
    name: 'answers',
    about: 'DNS answers for a name of the catalogue, each another address for another host',
    packetsEach: 1,
    write(writer, n, random) {
      const message = Buffer.from(
        `123481800001000100000000${'03617069'}${'09616e7468726f706963'}${'03636f6d'}00${'00010001c00c000100010000003c0004'}00000000`,
        'hex',
      );
      message.writeUInt32BE(0x0b00_0000 + (n & 0xff_ffff), message.length - 4);
      writer.buffer.set(message, writer.udp(endsOf(random, 53), false, message.length));
    },
  },
  {
    name: 'arp',
    about: 'ARP answers, each of another host with another MAC (RFC 826)',
    packetsEach: 1,
    write(writer, _n, random) {
      const frame = Buffer.from(
        'ffffffffffff02000000000008060001080006040002020000000000000000000200000000010a000001',
        'hex',
      );
      const [mac, host] = [random.next32(), forged(random)];
      for (const at of [8, 24]) frame.writeUInt32BE(mac, at);
      frame.writeUInt32BE(host, 28);
      writer.frame(frame);
    },
  },
  {
    name: 'dhcp',
    about: 'DHCP requests, each of another machine with another name (RFC 2131, RFC 2132 §3.14)',
    packetsEach: 1,
    write(writer, n, random) {
      const message = Buffer.alloc(260);
      message.set([1, 1, 6, 0]);
      message.writeUInt32BE(random.next32(), 30);
      message.writeUInt32BE(0x6382_5363, 236);
      const name = Buffer.from(`h${(n & 0xfff_ffff).toString(36).padStart(6, '0')}`);
      const asked = forged(random);
      message.set(
        [53, 1, 3, 12, name.length, ...name, 50, 4, 10, 128, (asked >> 8) & 255, asked & 255, 255],
        240,
      );
      const ends = { client: 0, server: 0xffff_ffff, clientPort: 68, serverPort: 67 };
      writer.buffer.set(message, writer.udp(ends, true, message.length));
    },
  },
  {
    name: 'initials in one',
    about:
      'datagrams of many short QUIC Initials, each with another connection id to derive keys from (RFC 9001 §5.2)',
    packetsEach: 1,
    write(writer, _n, random) {
      const packets = 30;
      const at = writer.udp(endsOf(random, 443), true, packets * 40);
      random.fillFresh(writer.buffer, at, at + packets * 40);
      for (let i = 0; i < packets; i++) {
        writer.buffer.set([0xc3, 0, 0, 0, 1, 8], at + 40 * i);
        writer.buffer.set([0, 0, 0x40, 22], at + 40 * i + 14);
      }
    },
  },
  {
    name: 'connects',
    about: 'requests to proxies for a name of the catalogue, a flow each',
    packetsEach: 3,
    write(writer, _n, random) {
      const ends = endsOf(random, 3128);
      const request = Buffer.from('CONNECT api.anthropic.com:443 HTTP/1.1\r\n\r\n');
      writer.tcp(ends, true, TCP_SYN, 1000, 0, 0);
      writer.tcp(ends, false, TCP_SYN | TCP_ACK, 5000, 1001, 0);
      writer.buffer.set(request, writer.tcp(ends, true, TCP_PSH_ACK, 1001, 5001, request.length));
    },
  },
];
