// DNS messages and sightings, read from their bytes.

import type { DnsRecord, HostObservationRecord } from '../model/flow.ts';
import { latin1 } from './byte-text.ts';
import type { RecordContext } from './record-context.ts';
import { DNS, DNS_FLAGS, HOST_OBSERVATION, OBSERVATION_FLAGS, RECORD } from './record-layout.ts';
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
    echTtlSeconds: view.getUint32(at + DNS.echTtlSeconds, true),
    isMulticast: (flags & DNS_FLAGS.multicast) !== 0,
    overTcp: (flags & DNS_FLAGS.overTcp) !== 0,
    name: context.text(nameAt, cnamesAt - nameAt),
    cnames: values.splitList(latin1(context.bytes, cnamesAt, ip4At), '\0'),
    addresses,
    clientMacTail: view.getUint32(at + DNS.clientMacTail),
    clientPort: view.getUint16(at + DNS.clientPort, true),
    messageId: view.getUint16(at + DNS.messageId, true),
  };
}

export function readObservation(context: RecordContext, at: number): HostObservationRecord {
  const view = context.view;
  const ipVersion = view.getUint8(at + HOST_OBSERVATION.ipVersion);
  const nameLength = view.getUint16(at + HOST_OBSERVATION.nameLength, true);
  return {
    tsUs: values.readUs(view, at + HOST_OBSERVATION.tsNs),
    address: ipVersion === 0 ? null : context.address(at + HOST_OBSERVATION.address, ipVersion),
    mac: context.mac(at + HOST_OBSERVATION.mac),
    isByOwner: (view.getUint16(at + RECORD.flags, true) & OBSERVATION_FLAGS.byOwner) !== 0,
    name: nameLength === 0 ? null : context.text(at + HOST_OBSERVATION.size, nameLength),
    source: values.OBSERVATION_SOURCES[view.getUint8(at + HOST_OBSERVATION.source)] ?? 'arp',
    leaseSeconds: view.getUint32(at + HOST_OBSERVATION.leaseSeconds, true),
    vlan: view.getUint16(at + HOST_OBSERVATION.vlan, true),
  };
}
