import { describe, expect, it } from 'vitest';
import { canonicalAddress, formatNetwork, parseNetwork } from '../../../src/net/address.ts';

describe('the one spelling of an address (RFC 5952)', () => {
  it.each([
    ['leading zeros go (§4.1)', '2001:0db8::0001', '2001:db8::1'],
    ['"::" is as long as can be (§4.2.1)', '2001:db8:0:0:0:0:2:1', '2001:db8::2:1'],
    ['"::" never stands for one group (§4.2.2)', '2001:db8::1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['the longest run is taken (§4.2.3)', '2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['of equal runs the first (§4.2.3)', '2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['letters are small (§4.3)', '2001:DB8::ABCD', '2001:db8::abcd'],
    ['mapped addresses keep their dots (§5)', '::ffff:c000:201', '::ffff:192.0.2.1'],
    ['all zeros', '0:0:0:0:0:0:0:0', '::'],
    ['IPv4 stays', '10.20.1.5', '10.20.1.5'],
    ['what is no address stays', 'h-4XP8', 'h-4XP8'],
  ])('%s', (_, text, expected) => {
    expect(canonicalAddress(text)).toBe(expected);
    expect(canonicalAddress(expected)).toBe(expected);
  });

  it.each([
    ['FD00:20:0::/32', 'fd00:20::/32'],
    ['2001:db8::1', '2001:db8::1/128'],
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['::/0', '::/0'],
  ])('writes the network %s as %s', (text, expected) => {
    const network = parseNetwork(text);
    if (network === null) throw new Error('no network');
    expect(formatNetwork(network)).toBe(expected);
  });
});
