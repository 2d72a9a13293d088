// Whether the gateway that logged a connection decrypted it: by each product's own field, in reports of logs and of stores.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { wiretallyHere } from '../../../cli/in-process.ts';
import { temporaryFolder } from '../../../temporary.ts';
import { NAME, readAll } from './read-lines.ts';

const zscaler = (ssldecrypted: string, event: object = {}): string =>
  JSON.stringify({
    sourcetype: 'zscalernss-web',
    event: {
      ...{ time: 'Fri Nov 20 06:22:42 2026', cip: '10.0.0.5', sip: '203.0.113.7', action: 'Allowed' },
      ...{ reqsize: 1100, respsize: 9100, respcode: '200', eurl: `${NAME}:443`, ssldecrypted, ...event },
    },
  });
const netskope = (columns: Readonly<Record<string, string>>): string[] => {
  const all = {
    ...{ 'x-cs-timestamp': '1795155762', 'cs-bytes': '1100', 'sc-bytes': '9100', 'x-cs-userip': '10.0.0.5' },
    ...{ 's-ip': '203.0.113.7', 'cs-host': NAME, ...columns },
  };
  return [Object.keys(all).join(','), Object.values(all).join(',')];
};
const pan = (flags: string): string[] => {
  const row = (type: string, rest: string): string =>
    `1,2026/11/20 06:22:42,0128,${type},2561,2026/11/20 06:22:42,10.0.0.5,203.0.113.7,,,out,,,ssl,vsys1,a,b,c,d,fwd,2026/11/20 06:22:42,7,1,4000,443,5000,443,${flags},tcp,${rest}`;
  return [
    row('THREAT,url', `alert,"${NAME}:443/",(9999),any,informational`),
    row('TRAFFIC,end', 'allow,11320,1660,9660,20,2026/11/20 06:22:32,10,any,0,1,0x0,a,b,0,10,10,tcp-fin'),
  ];
};
const cef = (flags: string): string =>
  `CEF:0|Palo Alto Networks|PAN-OS|11.1|url|THREAT|1|rt=Nov 20 2026 06:22:42 GMT src=10.0.0.5 dst=203.0.113.7 spt=4000 dpt=443 proto=tcp act=alert request=${NAME}/ flexString1Label=Flags flexString1=${flags}`;
const fortigate = (action: string): string[] => {
  const row = (pairs: string): string =>
    `date=2026-11-20 time=06:22:42 devid="FGT" eventtime=1795155762000000000 tz="+0000" sessionid=7 srcip=10.0.0.5 srcport=4000 dstip=203.0.113.7 dstport=443 proto=6 ${pairs}`;
  return [
    row(
      `logid="1701062004" type="utm" subtype="ssl" eventtype="ssl-exempt" action="${action}" hostname="${NAME}"`,
    ),
    row(
      'logid="0000000013" type="traffic" subtype="forward" action="close" duration=10 sentbyte=1520 rcvdbyte=9520 sentpkt=10 rcvdpkt=10',
    ),
  ];
};
const checkPoint = (more: string): string[] => {
  const row = (time: number, pairs: string): string =>
    `<134>1 2026-11-20T06:22:42Z gw CheckPoint 1930 - [action:"Accept"; loguid:"{0x1}"; origin:"192.0.2.1"; time:"${time}"; dst:"203.0.113.7"; proto:"6"; s_port:"4000"; service:"443"; src:"10.0.0.5"; ${pairs}]`;
  return [
    row(1_795_155_752, `product:"URL Filtering"; resource:"https://${NAME}/"${more}`),
    row(
      1_795_155_762,
      'product:"VPN-1 & FireWall-1"; start_time:"1795155752"; client_inbound_bytes:"1520"; client_inbound_packets:"10"; client_outbound_bytes:"9520"; client_outbound_packets:"10"',
    ),
  ];
};
const squid = (result: string, method: string): string =>
  `1795155762.000 90000 10.0.0.5 ${result}/200 9100 ${method} - HIER_DIRECT/203.0.113.7 -`;

it.each([
  ['zscaler', [zscaler('Yes')], 'inspected'],
  ['zscaler', [zscaler('No')], 'notInspected'],
  ['zscaler', [zscaler('NA')], 'unknown'],
  ['netskope', netskope({ 'x-ssl-policy-action': 'Decrypt', 'x-ssl-bypass': 'No' }), 'inspected'],
  ['netskope', netskope({ 'x-ssl-bypass': 'No' }), 'inspected'],
  ['netskope', netskope({ 'x-ssl-policy-action': 'Decrypt', 'x-ssl-bypass': 'Yes' }), 'notInspected'],
  ['netskope', netskope({ 'x-ssl-policy-action': 'Do Not Decrypt' }), 'notInspected'],
  ['netskope', netskope({}), 'unknown'],
  ['paloalto', pan('0x1400000'), 'inspected'],
  ['paloalto', pan('0x400000'), 'notInspected'],
  ['paloalto', pan('0x80000000'), 'notInspected'],
  ['paloalto', pan('flags'), 'unknown'],
  ['paloalto', [cef('0x1000000')], 'inspected'],
  ['fortigate', fortigate('exempt'), 'notInspected'],
  ['fortigate', fortigate('bypass'), 'notInspected'],
  ['fortigate', fortigate('inspect'), 'inspected'],
  ['fortigate', fortigate('passthrough'), 'unknown'],
  ['checkpoint', checkPoint('; https_inspection_action:"Inspect"'), 'inspected'],
  ['checkpoint', checkPoint('; https_inspection_action:"Bypass"'), 'notInspected'],
  ['checkpoint', checkPoint('; https_inspection_action:"Error"'), 'unknown'],
  ['squid', [squid('TCP_MISS', `POST https://${NAME}/v1`)], 'inspected'],
  ['squid', [squid('TCP_TUNNEL', `CONNECT ${NAME}:443`)], 'notInspected'],
  ['squid', [squid('TCP_MISS', `GET http://${NAME}/`)], 'unknown'],
])('%s (%#): %s', (format, lines, inspection) => {
  const { format: found, flows } = readAll(lines);
  expect([found, flows.map((flow) => flow.inspection)]).toEqual([format, [inspection]]);
});

it('a part of a connection that was not inspected decides', () => {
  const [request = '', session = ''] = pan('0x1000000');
  const [, passed = ''] = pan('0x0');
  expect(readAll([request, passed]).flows.map(({ inspection }) => inspection)).toEqual(['notInspected']);
  expect(readAll([pan('0x0')[0] ?? '', session]).flows.map(({ inspection }) => inspection)).toEqual([
    'notInspected',
  ]);
});

describe('a report', () => {
  const folder = temporaryFolder('inspection');
  const file = join(folder, 'web.log');
  const use = (ssldecrypted: string, second: number, event: object = {}): string =>
    zscaler(ssldecrypted, {
      time: `Fri Nov 20 06:22:${10 + second} 2026`,
      eurl: 'ampcode.com:443',
      ...event,
    });
  writeFileSync(
    file,
    [
      ...['Yes', 'Yes', 'No', 'NA'].map((word, i) => use(word, i)),
      // A refused connection is no use, and says nothing of inspection.
      use('Yes', 9, { action: 'Blocked', respcode: 403 }),
      use('NA', 5, { cip: '10.0.0.6' }),
      '',
    ].join('\n'),
  );
  const inspectionsIn = async (...words: readonly string[]): Promise<unknown> => {
    const { hosts } = JSON.parse((await wiretallyHere(['analyze', ...words, '--format', 'json'])).out) as {
      hosts: { host: string; tools: { tool: string; inspection?: unknown }[] }[];
    };
    return hosts.map(({ host, tools }) => [host, tools.map(({ tool, inspection }) => [tool, inspection])]);
  };
  const expected = [
    ['10.0.0.5', [['amp', { inspected: 2, notInspected: 1, unknown: 1 }]]],
    ['10.0.0.6', [['amp', undefined]]],
  ];

  it('counts connections by host and tool, from logs, windows and a store alike', async () => {
    expect(await inspectionsIn(file)).toEqual(expected);
    for (const [option, name] of [
      ['--write', 'web.usage'],
      ['--store', 'web.duckdb'],
    ] as const) {
      const kept = join(folder, name);
      await wiretallyHere(['analyze', file, option, kept]);
      expect(await inspectionsIn(kept)).toEqual(expected);
    }
  });

  it('shows them as a table with a sentence', async () => {
    const { out } = await wiretallyHere(['analyze', file]);
    expect(out).toMatch(/HOST +TOOL +INSPECTED +NOT INSPECTED +NOT KNOWN/);
    expect(out).toMatch(/10\.0\.0\.5 +Amp +2 +1 +1/);
    expect(out.replaceAll(/\s+/g, ' ')).toContain(
      'Connections that bypassed the gateways are not in these logs.',
    );
  });

  it('counts the connections of a possible tool once, in the row of its provider', async () => {
    const log = join(folder, 'api.log');
    writeFileSync(
      log,
      `${[0, 1, 2].map((i) => use('Yes', i, { eurl: 'api.anthropic.com/v1/messages' })).join('\n')}\n`,
    );
    const { out } = await wiretallyHere(['analyze', log]);
    const table = out.slice(out.indexOf('INSPECTED'), out.indexOf('Counts are from'));
    expect(table).toMatch(/10\.0\.0\.5 +Anthropic API +3 +0 +0/);
    expect(table.match(/10\.0\.0\.5/g)).toHaveLength(1);
  });
});
