// Who asks, and by which name of the server: the parts that know no request.

import { describe, expect, it } from 'vitest';
import { clientGroup, isAllowedHost } from '../../../src/web/guard/clients.ts';
import { Credentials } from '../../../src/web/guard/credentials.ts';

describe('the name of the server', () => {
  it.each(['localhost', 'LOCALHOST:7577', '127.0.0.1', '192.0.2.7:80', '[::1]:7577'])('is %s', (host) => {
    expect(isAllowedHost(host, [])).toBe(true);
  });

  it.each(['evil.example', 'localhost.evil.example', '[evil.example]', '127.0.0.1.evil.example', ''])(
    'is not %j, with or without names of its own',
    (host) => {
      expect(isAllowedHost(host, [])).toBe(false);
      expect(isAllowedHost(host, ['wiretally.example'])).toBe(false);
    },
  );

  it('is a public one that was given', () => {
    expect(isAllowedHost('Wiretally.example:443', ['wiretally.example'])).toBe(true);
  });
});

it.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::'],
  ['fe80::1%eth0', 'fe80::'],
  ['no address', null],
])('the client of %s is counted as %s', (address, group) => {
  expect(clientGroup(address)).toBe(group);
});

describe('a token', () => {
  const [ANNA, BEN] = ['a'.repeat(32), 'b'.repeat(32)];
  const credentials = Credentials.parse(`anna ${ANNA}\nben ${BEN}\n`);
  const basic = (name: string, token: string) =>
    `Basic ${Buffer.from(`${name}:${token}`).toString('base64')}`;

  it.each([
    [`Bearer ${ANNA}`, 'anna'],
    [basic('ben', BEN), 'ben'],
    [basic('anna', BEN), null],
    [basic('', BEN), null],
    [basic('anna', ''), null],
    [`Bearer ${'c'.repeat(32)}`, null],
    ['Bearer', null],
    ['', null],
  ])('%s is of %s', (header, name) => {
    expect(credentials.findUser(header)).toBe(name);
  });
});
