// The host in the target of a request.

import { expect, it } from 'vitest';
import { HostIn } from '../../../../src/reading/logs/host-in.ts';

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
