// DNS messages and sightings, read from their bytes.

import type { DnsRecord, SightingRecord } from '../model/flow.ts';
import { latin1 } from './byte-text.ts';
import type { RecordContext } from './record-context.ts';
import { DNS, DNS_FLAGS, RECORD, SIGHTING } from './record-layout.ts';
import * as values from './record-values.ts';

export function readDns(context: RecordContext, at: number): DnsRecord {
  const view = context.view;
  const flags = view.getUint16(at + RECORD.flags, true);
  const ipVersion = view.getUint8(at + DNS.ipVersion);
  const nameAt = at + DNS.size;
  const cnamesAt = nameAt + view.getUint16(at + DNS.nameLength, true);
  const ip4At = cnamesAt + view.getUint16(at + DNS.cnamesLength, true);
  const ip6At = ip4At + view.getUint16(at + DNS.aLength, true);
  const end = ip6At + view.getUint16(at + DNS.aaaaLength, true);
  const addresses: string[] = [];
  for (let i = ip4At; i + 4 <= ip6At; i += 4) addresses.push(context.address(i, 4));
  for (let i = ip6At; i + 16 <= end; i += 16) addresses.push(context.address(i, 6));
  return {
    tsUs: values.readUs(view, at + DNS.tsNs),
    client: context.address(at + DNS.clientAddress, ipVersion),
    server: context.address(at + DNS.serverAddress, ipVersion),
    queryType: view.getUint16(at + DNS.queryType, true),
    rcode: view.getUint8(at + DNS.rcode),
    ttlSeconds: view.getUint32(at + DNS.ttlSeconds, true),
    fileIndex: view.getUint32(at + DNS.fileIndex, true),
    isResponse: (flags & DNS_FLAGS.response) !== 0,
    offersEch: (flags & DNS_FLAGS.ech) !== 0,
    isMulticast: (flags & DNS_FLAGS.multicast) !== 0,
    overTcp: (flags & DNS_FLAGS.overTcp) !== 0,
    name: context.text(nameAt, cnamesAt - nameAt),
    cnames: values.splitList(latin1(context.bytes, cnamesAt, ip4At), '\0'),
    addresses,
  };
}

export function readSighting(context: RecordContext, at: number): SightingRecord {
  const view = context.view;
  const ipVersion = view.getUint8(at + SIGHTING.ipVersion);
  const nameLength = view.getUint16(at + SIGHTING.nameLength, true);
  return {
    tsUs: values.readUs(view, at + SIGHTING.tsNs),
    address: ipVersion === 0 ? null : context.address(at + SIGHTING.address, ipVersion),
    mac: context.mac(at + SIGHTING.mac),
    name: nameLength === 0 ? null : context.text(at + SIGHTING.size, nameLength),
    source: values.SIGHTING_SOURCES[view.getUint8(at + SIGHTING.source)] ?? 'arp',
    leaseSeconds: view.getUint32(at + SIGHTING.leaseSeconds, true),
    vlan: view.getUint16(at + SIGHTING.vlan, true),
  };
}
