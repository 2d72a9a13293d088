// Rows of other hosts with the identifier of a connection: they neither hide it, nor change it, nor take its name.

import { describe, expect, it } from 'vitest';
import { NAME, readAll } from './read-lines.ts';

/** A connection, as one that has the name and one that has the bytes. */
interface Rows {
  readonly named: (host: string) => object;
  readonly ended: (host: string, bytes: number) => object;
}

const [VICTIM, OTHER] = ['10.0.0.7', '10.0.0.66'];
const BYTES = 5000;
/** A day after the end of the other. */
const LATE = 86_400;

const at = 1_795_155_000;
const zeekEnds = (host: string) => ({
  ...{ uid: 'CV', 'id.orig_h': host, 'id.orig_p': 5000, 'id.resp_h': '198.51.100.9', 'id.resp_p': 443 },
});
const eve = (host: string, event_type: string, second: number) => ({
  timestamp: new Date((at + second) * 1000).toISOString(),
  ...{ flow_id: 7, event_type, src_ip: host, src_port: 5000, dest_ip: '198.51.100.9', dest_port: 443 },
  proto: 'TCP',
});
const session = (host: string, sni: string | null, bytes: number) => ({
  ...{ firstPacket: at * 1000, lastPacket: at * 1000 + 900, ipProtocol: 6, rootId: 'root' },
  ...{ source: { ip: host, port: 5000, packets: 9, bytes }, client: { bytes } },
  ...{ destination: { ip: '198.51.100.9', port: 443, packets: 9, bytes }, server: { bytes } },
  ...(sni === null ? { protocol: ['tcp'] } : { protocol: ['tcp', 'tls'], http: { host: [sni] } }),
});

const FORMATS: Readonly<Record<string, Rows>> = {
  zeek: {
    named: (host) => ({
      ...{ _path: 'ssl', ts: at, ...zeekEnds(host), version: 'TLSv13', server_name: NAME, established: true },
    }),
    ended: (host, bytes) => ({
      ...{ _path: 'conn', ts: at, ...zeekEnds(host), proto: 'tcp', service: 'ssl', duration: 2 },
      ...{ conn_state: 'SF', orig_ip_bytes: bytes, resp_ip_bytes: bytes },
    }),
  },
  suricata: {
    named: (host) => ({ ...eve(host, 'tls', 1), tls: { sni: NAME, version: 'TLS 1.3' } }),
    ended: (host, bytes) => ({
      ...eve(host, 'flow', host === OTHER ? LATE : 3),
      app_proto: 'tls',
      flow: {
        ...{ pkts_toserver: 9, pkts_toclient: 9, bytes_toserver: bytes, bytes_toclient: bytes },
        ...{ start: new Date(at * 1000).toISOString(), end: new Date((at + 2) * 1000).toISOString() },
      },
    }),
  },
  arkime: {
    named: (host) => session(host, NAME, 0),
    ended: (host, bytes) => session(host, null, bytes),
  },
};

describe.each(Object.entries(FORMATS))('%s', (format, { named, ended }) => {
  const read = (rows: readonly object[]) => {
    const { flows } = readAll(
      rows.map((row) => JSON.stringify(row)),
      { format },
    );
    return { of: (host: string) => flows.filter(({ client }) => client === host) };
  };
  const [first, last] = [named(VICTIM), ended(VICTIM, BYTES)];
  const foreign = [named(OTHER), ended(OTHER, 777_777)];
  const [, foreignEnd = {}] = foreign;
  const alone = read([first, last]).of(VICTIM);

  it('reads the connection alone', () => {
    expect(alone).toMatchObject([{ sni: NAME, bytesUp: BYTES }]);
  });

  it.each([
    ['before it', [...foreign, first, last]],
    ['between its rows', [first, ...foreign, last]],
    ['behind it', [first, last, ...foreign]],
  ])('two rows of another host %s', (_, rows) => {
    expect(read(rows).of(VICTIM)).toEqual(alone);
    expect(read(rows).of(OTHER)).toMatchObject([{ sni: NAME, bytesUp: 777_777 }]);
  });

  it.each([
    ['before it', [foreignEnd, first, last]],
    ['between its rows', [first, foreignEnd, last]],
    ['behind it', [first, last, foreignEnd]],
  ])('a row without a name of another host %s', (_, rows) => {
    expect(read(rows).of(VICTIM)).toEqual(alone);
    expect(
      read(rows)
        .of(OTHER)
        .filter(({ sni }) => sni !== null),
    ).toEqual([]);
  });
});
