// The host in the target of a request, and in rows of requests.

import { expect, it } from 'vitest';
import { findHostText, findTarget, HostIn } from '../../../../src/reading/logs/host-in.ts';
import { NAME, readAll } from './read-lines.ts';
import { reportOfLines } from './report-of-lines.ts';

function hostIn(target: string): [host: string, port: number] {
  const bytes = Buffer.from(`<${target}>`);
  const host = new HostIn();
  host.find(bytes, 1, bytes.length - 1);
  return [bytes.toString('latin1', host.start, host.end), host.port];
}

it.each([
  ['api.example:443', 'api.example', 443],
  ['api.example', 'api.example', 0],
  ['https://api.example/v1?x=https://b.example', 'api.example', 0],
  ['https://api.example:8443/a:b', 'api.example', 8443],
  ['http://user:secret@api.example:80', 'api.example', 80],
  ['https://api.example?x', 'api.example', 0],
  ['https://api.example#x@b.example', 'api.example', 0],
  ['[2001:db8::7]:443', '2001:db8::7', 443],
  ['https://[2001:db8::7]/', '2001:db8::7', 0],
  ['api.example:65536', 'api.example', 0],
  ['api.example:44x', 'api.example', 0],
  ['', '', 0],
  ['https://', '', 0],
])('of %s', (target, host, port) => {
  expect(hostIn(target)).toEqual([host, port]);
  expect(findHostText(target)).toBe(host);
});

it('has no prefix of a target that it reads beyond', () => {
  const target = 'https://user@[2001:db8::7]:8443/a';
  for (let length = 0; length <= target.length; length++) {
    const bytes = Buffer.from(target);
    const host = new HostIn();
    host.find(bytes, 0, length);
    expect(host.start).toBeLessThanOrEqual(host.end);
    expect(host.end).toBeLessThanOrEqual(length);
  }
});

const ENDS = { client: '10.0.0.5', server: '203.0.113.7' };
const eve = (http: object, { client, server } = ENDS): string =>
  JSON.stringify({
    ...{ timestamp: '2026-11-20T06:22:42.000000+0000', flow_id: 7, event_type: 'http', proto: 'TCP', http },
    ...{ src_ip: client, src_port: 4000, dest_ip: server, dest_port: 3128 },
  });
const zeek = (http: object, { client, server } = ENDS): string =>
  JSON.stringify({
    ...{ _path: 'http', ts: 1795155762.0, uid: 'C1', trans_depth: 1, ...http },
    ...{ 'id.orig_h': client, 'id.orig_p': 4000, 'id.resp_h': server, 'id.resp_p': 3128 },
  });
/** RFC 9113 §8.3.1: the name of the server is no header "host". */
const authority = (value: string) => ({
  version: '2',
  ...{ http_method: 'POST', url: '/v1/messages', status: 200 },
  request_headers: [
    { name: ':method', value: 'POST' },
    { name: ':authority', value },
  ],
});

it.each([
  ['HTTP/2', eve(authority(NAME)), NAME],
  ['HTTP/2 with a port', eve(authority(`${NAME}:443`)), NAME],
  ['HTTP/2 to another host', eve(authority('b.example')), undefined],
  ['a whole URL', eve({ http_method: 'POST', url: `https://${NAME}/v1`, status: 200 }), NAME],
  ['a whole URL with a port', eve({ http_method: 'POST', url: `HTTP://${NAME}:80/v1`, status: 200 }), NAME],
  ['a path', eve({ http_method: 'POST', url: `/${NAME}`, status: 200 }), undefined],
  ['a whole URL in Zeek', zeek({ method: 'POST', uri: `https://${NAME}/v1`, status_code: 200 }), NAME],
  ['a path in Zeek', zeek({ method: 'POST', uri: `/x?https://${NAME}/v1`, status_code: 200 }), undefined],
])('of a row with %s', (_, line, name) => {
  const { format, flows } = readAll([line]);
  expect(format).toBeDefined();
  expect(flows[0]?.sni).toBe(name);
});

it.each([
  ['https://u@api.example/v1', 'api.example:443'],
  ['HTTP://api.example', 'api.example:80'],
  ['http://api.example:8080/v1', 'api.example:8080'],
])('of %s as the target of a proxy', (url, target) => {
  expect(findTarget(url, NAME)).toBe(target);
  for (const line of [
    eve({ http_method: 'POST', url, status: 200 }),
    zeek({ method: 'POST', uri: url, status_code: 200 }),
  ])
    expect(readAll([line]).flows[0]?.proxy?.target).toBe(target);
});

it.each(['10.0.0.5', '192.0.2.10'])('a request of %s to a proxy inside is reported', async (client) => {
  const ends = { client, server: '10.0.0.9' };
  const target = 'api.anthropic.com:443';
  const url = 'http://api.anthropic.com/v1/messages';
  for (const line of [
    eve({ http_method: 'CONNECT', url: target, status: 200 }, ends),
    eve({ http_method: 'POST', url, hostname: 'api.anthropic.com', status: 200 }, ends),
    zeek({ method: 'CONNECT', uri: target, status_code: 200 }, ends),
    zeek({ method: 'POST', uri: url, host: 'api.anthropic.com', status_code: 200 }, ends),
  ]) {
    const { hosts } = await reportOfLines([line]);
    expect(hosts).toMatchObject([{ host: client, tools: [{ tool: 'claude-code' }] }]);
  }
});
