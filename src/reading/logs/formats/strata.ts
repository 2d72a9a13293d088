// Reads traffic and URL logs that Strata Logging Service (formerly Cortex Data Lake) forwards for PAN-OS and Prisma
// Access: JSON, CEF, LEEF, or the pairs of its mails. Source: Palo Alto Networks, "Strata Logging Service: Log
// Reference", "Traffic" and "URL" with their CEF, EMAIL, HTTPS and LEEF fields
// (docs.paloaltonetworks.com/strata-logging-service/log-reference/network-logs), and "Forward Logs to an HTTPS Server";
// read on 2026-11-29. "in" and "out" in its CEF have the opposite meaning to those of PAN-OS: "in" is what the server
// sent. Its decryption fields are undocumented and ignored.

import { gatewayFormat } from '../gateways/format.ts';
import type { LogFormat } from '../records.ts';
import { PAN_OS } from './pan-os.ts';

export const STRATA: LogFormat = gatewayFormat({
  ...PAN_OS,
  id: 'strata',
  title: 'Strata Logging Service log',
  signs: [
    ['LogType', 'SourceAddress', 'DestinationAddress'],
    ['LogType', 'SourceIP', 'DestinationIP'],
  ],
  pattern: /(?:CEF:\d\|Palo Alto Networks\|LF|LEEF:2\.0\|Palo Alto Networks\|Next Generation Firewall)\|/i,
  text: 'pairs',
  fields: {
    time: ['TimeGenerated', 'devTime', 'start'],
    zone: ['dtz'],
    start: ['SessionStartTime', 'PanOSSessionStartTime'],
    seconds: ['SessionDuration', 'cn3'],
    kind: ['LogType', 'header.class', 'cat'],
    part: ['Subtype', 'header.name'],
    client: ['SourceAddress', 'SourceIP', 'src'],
    clientPort: ['SourcePort', 'srcPort', 'spt'],
    server: ['DestinationAddress', 'DestinationIP', 'dst'],
    serverPort: ['DestinationPort', 'dstPort', 'dpt'],
    protocol: ['Protocol', 'proto'],
    service: ['Application', 'app'],
    session: ['SessionID', 'cn1'],
    user: ['SourceUser', 'usrName', 'suser'],
    url: ['URL', 'request'],
    // Lines of LEEF contain the action of a session as their event.
    action: ['Action', 'act', 'header.event'],
    bytesUp: ['BytesSent', 'srcBytes', 'out'],
    bytesDown: ['BytesReceived', 'dstBytes', 'in'],
    packetsUp: ['PacketsSent', 'srcPackets', 'PanOSPacketsSent'],
    packetsDown: ['PacketsReceived', 'dstPackets', 'PanOSPacketsReceived'],
    agent: ['UserAgent', 'requestClientApplication'],
  },
});
