// Reads flow logs of an AWS VPC: columns, with a header in S3, and without one in CloudWatch if they begin with the
// columns of the default format; or OCSF of Security Lake, one JSON object per line. Each row is one direction. Source:
// AWS, "Flow log records" (docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html) and "Flow log record
// examples"; read on 2026-11-27; fields of later versions, and samples to version 8 in Elastic's "AWS" integration
// (github.com/elastic/integrations, packages/aws, vpcflow); read on 2026-11-30. OCSF, class "Network Activity"
// (schema.ocsf.io/classes/network_activity), and samples of flow logs in Elastic's "Amazon Security Lake" integration;
// read on 2026-11-28. The logs have no names: an address of a vendor's network
// makes a tool possible.

import { gatewayFormat } from '../gateways/format.ts';
import { F } from '../gateways/table.ts';
import type { LogFormat } from '../records.ts';

const ACCOUNT = '(?:[2-9]|10) (?:\\d{12}|unknown|-)';
/** Columns of a custom format behind those of the default one. */
const MORE = '(?: \\S+){0,60}$';

export const AWS_FLOW: LogFormat = gatewayFormat({
  id: 'aws-flow',
  title: 'AWS VPC flow log',
  shows: 'addresses and bytes of flows',
  signs: [['srcaddr', 'dstaddr']],
  pattern: new RegExp(
    `^${ACCOUNT} (?:eni-[0-9a-f]+|-) (?:[\\da-f.:]+ ){2}(?:\\d{1,5} ){3}\\d+ \\d+ \\d{9,11} \\d{9,11} (?:ACCEPT|REJECT) OK${MORE}|^${ACCOUNT} eni-[0-9a-f]+ - - - - - - - \\d+ \\d+ - (?:NODATA|SKIPDATA)${MORE}|"name"\\s*:\\s*"Flowlogs"`,
    'i',
  ),
  text: 'columns',
  separator: ' ',
  fixed: [
    {
      names: {
        3: 'srcaddr',
        4: 'dstaddr',
        5: 'srcport',
        6: 'dstport',
        7: 'protocol',
        8: 'packets',
        9: 'bytes',
        10: 'start',
        11: 'end',
        12: 'action',
        13: 'log-status',
      },
    },
  ],
  fields: {
    time: ['end', 'end_time'],
    start: ['start', 'start_time'],
    client: ['srcaddr', 'src_endpoint.ip'],
    clientPort: ['srcport', 'src_endpoint.port'],
    server: ['dstaddr', 'dst_endpoint.ip'],
    serverPort: ['dstport', 'dst_endpoint.port'],
    protocol: ['protocol', 'connection_info.protocol_num'],
    bytesUp: ['bytes', 'traffic.bytes'],
    packetsUp: ['packets', 'traffic.packets'],
    action: ['disposition', 'action'],
    record: ['log-status', 'status_code'],
  },
  kindOf: (row) => (row.is(F.record, 'NODATA') || row.is(F.record, 'SKIPDATA') ? null : 'session'),
  blocked: new Set(['reject', 'blocked']),
  isJoined: true,
  parts: 'directions',
  bytes: 'packets',
  isProxy: false,
  wanted: [
    [
      'name',
      { what: 'names of servers', next: 'pass the query log of the Route 53 Resolver with the flow logs' },
    ],
  ],
});
