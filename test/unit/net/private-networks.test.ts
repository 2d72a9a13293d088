import { describe, expect, it } from 'vitest';
import { withoutPrivate } from '../../../src/net/private-networks.ts';

describe('text without private addresses', () => {
  it.each([
    ['the proxy 10.77.0.3:3128 answered', 'the proxy a private address, port 3128 answered'],
    ['at 192.168.1.2.', 'at a private address.'],
    ['in 10.0.0.0/8, behind', 'in a private address, behind'],
    ['to [fd00::7]:443 and fd00::8', 'to a private address, port 443 and a private address'],
    ['to [fd00::7], fe80::1/64', 'to a private address, a private address'],
    ['the address 10.77.0.66: check the filter', 'the address a private address: check the filter'],
    ['fd00::8: check', 'a private address: check'],
    [
      'first 10.0.0.1:80, then 10.0.0.2:81',
      'first a private address, port 80, then a private address, port 81',
    ],
  ])('%s', (text, expected) => {
    expect(withoutPrivate(text)).toBe(expected);
  });

  it.each([
    '198.51.100.7:443 answered 3 times',
    '[2001:db8::1]:443 and 2001:db8::2',
    'api.anthropic.com:443 at 12:30:05',
    'status 407, 10 CONNECT requests of 10.5 s',
    'be added: a face',
  ])('%s stays', (text) => {
    expect(withoutPrivate(text)).toBe(text);
  });
});
