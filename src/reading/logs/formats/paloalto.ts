// Reads traffic and URL logs of PAN-OS: columns of syslog, CEF or LEEF. Source: Palo Alto Networks, "Syslog Field
// Descriptions" 10.2, sections "Traffic Log Fields", "Threat Log Fields" and "URL Filtering Log Fields"
// (docs.paloaltonetworks.com/pan-os/10-2/pan-os-admin/monitoring/use-syslog-for-monitoring); "CEF Configuration Guide"
// (docs.paloaltonetworks.com/resources/cef), whose "in" counts the bytes that the client sent; Palo Alto Networks,
// "LEEF"; read on 2026-11-27. Bytes include Ethernet headers: rows of ICMP echo requests have 98 bytes per packet.

import { gatewayFormat } from '../gateways/format.ts';
import { F } from '../gateways/table.ts';
import type { LogFormat } from '../records.ts';
import { PAN_OS } from './pan-os.ts';

/** Zero-based column positions, common to TRAFFIC and THREAT. */
const COMMON = {
  3: 'type',
  4: 'subtype',
  6: 'time_generated',
  7: 'src',
  8: 'dst',
  12: 'srcuser',
  14: 'app',
  22: 'sessionid',
  24: 'sport',
  25: 'dport',
  28: 'flags',
  29: 'proto',
  30: 'action',
} as const;

/** This flag of a session means "session is decrypted (SSL Proxy)". */
const DECRYPTED = 0x0100_0000;

export const PALO_ALTO: LogFormat = gatewayFormat({
  ...PAN_OS,
  id: 'paloalto',
  title: 'Palo Alto Networks log',
  signs: [['Source Address', 'Destination Address', 'Threat/Content Type']],
  pattern:
    /,"?[\w-]+"?,"?(?:TRAFFIC|THREAT|SYSTEM|CONFIG|DECRYPTION|GLOBALPROTECT|HIPMATCH|USERID)"?,"?\w*"?,|(?:CEF:\d|LEEF:\d\.\d)\|Palo Alto Networks\|(?!LF\||Next Generation Firewall\|)/,
  text: 'columns',
  fixed: [
    {
      kind: [3, 'TRAFFIC'],
      names: {
        ...COMMON,
        32: 'bytes_sent',
        33: 'bytes_received',
        35: 'start',
        36: 'elapsed',
        44: 'pkts_sent',
        45: 'pkts_received',
      },
    },
    { kind: [3, 'THREAT'], names: { ...COMMON, 31: 'misc', 46: 'user_agent' } },
  ],
  fields: {
    time: ['time_generated', 'rt', 'devTime', 'Generate Time', 'Generated Time'],
    start: ['start', 'StartTime', 'Start Time'],
    seconds: ['elapsed', 'ElapsedTime', 'cn3', 'Elapsed Time', 'Elapsed Time (sec)'],
    kind: ['type', 'header.name', 'cat'],
    part: ['subtype', 'header.class', 'Threat/Content Type'],
    client: ['src', 'Source Address'],
    clientPort: ['sport', 'spt', 'srcPort', 'Source Port'],
    server: ['dst', 'Destination Address'],
    serverPort: ['dport', 'dpt', 'dstPort', 'Destination Port'],
    protocol: ['proto', 'IP Protocol'],
    service: ['app', 'Application'],
    session: ['sessionid', 'cn1', 'Session ID'],
    user: ['srcuser', 'suser', 'usrName', 'Source User'],
    url: ['misc', 'request', 'Miscellaneous', 'URL', 'URL/Filename'],
    action: ['action', 'act'],
    inspection: ['flags', 'flexString1'],
    bytesUp: ['bytes_sent', 'in', 'srcBytes', 'Bytes Sent'],
    bytesDown: ['bytes_received', 'out', 'dstBytes', 'Bytes Received'],
    packetsUp: ['pkts_sent', 'PanOSPacketsSent', 'srcPackets', 'Packets Sent'],
    packetsDown: ['pkts_received', 'PanOSPacketsReceived', 'dstPackets', 'Packets Received'],
    agent: ['user_agent', 'requestClientApplication', 'UserAgent', 'User Agent'],
  },
  inspectionOf(row) {
    const flags = Number(row.word(F.inspection));
    if (!row.has(F.inspection) || !Number.isInteger(flags)) return 'unknown';
    return Math.floor(flags / DECRYPTED) % 2 === 1 ? 'inspected' : 'notInspected';
  },
});
