import { describe, expect, it } from 'vitest';
import { parseHostsFile } from '../../../src/policy/hosts-file.ts';

const host = {
  host: '10.20.1.5',
  mac: '02:00:00:00:00:01',
  vlans: [],
  names: ['Dev-17.corp.example'],
  groups: [],
};

describe('a hosts file', () => {
  it('gives groups by network, MAC and host name', () => {
    const file = parseHostsFile(
      'match,group\n10.20.0.0/16,rnd\n02-00-00-00-00-01,lab\n"dev-*.corp.example",developers\n10.30.0.0/16,build\n',
      'h.csv',
    );
    expect(file.groupsOf(host)).toEqual(['developers', 'lab', 'rnd']);
  });

  it.each(['sep=;\r\nmatch;group\r\n10.20.0.0/16;rnd\r\n', 'match\tgroup\n10.20.0.0/16\trnd\n'])(
    'may have the separator of a spreadsheet: %j',
    (text) => {
      expect(parseHostsFile(text, 'h.csv').groupsOf(host)).toEqual(['rnd']);
    },
  );

  it.each([
    [
      'an unknown column',
      'mtach,group\n',
      /h\.csv:1: column 1 must be "match", found "mtach" \(did you mean "match"\?\)/,
    ],
    ['a column too many', 'match,group,owner\n', /h\.csv:1: the column "owner" is not known/],
    ['a cell too few', 'match,group\n10.0.0.0/8\n', /h\.csv:2: /],
    ['a network with host bits', 'match,group\n10.0.0.1/8,a\n', /h\.csv:2: "10.0.0.1\/8" is neither/],
    ['a line twice', 'match,group\n10.0.0.0/8,a\n10.0.0.0/8,a\n', /h\.csv:3: .* appears twice/],
    [
      'a contradiction',
      'match,group\n10.0.0.0/8,a\n10.0.0.0/8,b\n',
      /h\.csv:3: .* contradicts line 2, which says a/,
    ],
    ['an open quote', 'match,group\n"10.0.0.0/8,a\n', /h\.csv:2: a quote is not closed/],
    ['a group that is no id', 'match,group\n10.0.0.0/8,a b\n', /h\.csv:2: "a b" is not a group id/],
  ])('is refused for %s', (_name, text, says) => {
    expect(() => parseHostsFile(text, 'h.csv')).toThrow(says);
  });
});
