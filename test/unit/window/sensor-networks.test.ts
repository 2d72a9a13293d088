// The sensors file, and windows that clash.
import { describe, expect, it } from 'vitest';
import { WiretallyError } from '../../../src/model/errors.ts';
import { listClashes } from '../../../src/window/clash.ts';
import { mergeWindows } from '../../../src/window/merge-windows.ts';
import {
  countOutsideHosts,
  excludeListedHosts,
  listOutsideHosts,
  removeOutsideHosts,
} from '../../../src/window/sensor-networks.ts';
import { parseSensorsFile } from '../../../src/window/sensors-file.ts';
import { row, window } from '../attribution/rows.ts';

const FILE = `sensors:
  - name: paris-*
    site: Paris
    networks: [10.1.0.0/16, "2001:db8:1::/48"]
  - { name: paris-vpn, networks: [10.200.0.0/24] }
  - { name: oslo, networks: [10.2.0.0/16] }
`;
const networks = parseSensorsFile(FILE, 'sensors.yaml');

describe('a sensors file', () => {
  it.each([
    { sensor: 'paris-1', host: '10.1.2.3', covers: true },
    { sensor: 'paris-1', host: '10.2.2.3', covers: false },
    { sensor: 'paris-1', host: '10.200.0.9', covers: false },
    { sensor: 'paris-vpn', host: '10.200.0.9', covers: true },
    { sensor: 'paris-vpn', host: '10.1.0.9', covers: true },
    { sensor: 'paris-1', host: '2001:db8:1::5', covers: true },
    { sensor: 'paris-1', host: '2001:db8:2::5', covers: false },
    { sensor: 'oslo', host: '10.1.2.3', covers: false },
    { sensor: 'oslo+paris-1', host: '10.1.2.3', covers: false },
    { sensor: 'oslo+paris-1', host: '10.2.2.3', covers: false },
    { sensor: 'Oslo', host: '10.2.2.3', covers: false },
    { sensor: 'not-listed', host: '10.2.2.3', covers: false },
    { sensor: '', host: '10.2.2.3', covers: false },
    { sensor: 'oslo', host: 'host-0123456789abcdef', covers: true },
  ])('lets $sensor report $host: $covers', ({ sensor, host, covers }) => {
    expect(networks.covers(sensor, host)).toBe(covers);
  });

  it.each([
    { about: 'no sensor', text: 'sensors: []', says: 'sensors.yaml:1:1: sensors' },
    { about: 'an unknown field', text: `${FILE}    networks: []\n    vlan: 4\n`, says: 'sensors.yaml:' },
    { about: 'no networks', text: 'sensors: [{ name: a }]', says: 'sensors[0].networks: is missing' },
    {
      about: 'bits behind the prefix',
      text: 'sensors: [{ name: a, networks: [10.1.2.3/16] }]',
      says: 'networks[0]',
    },
    {
      about: 'no network',
      text: 'sensors: [{ name: a, networks: [paris] }]',
      says: 'must be a network like',
    },
    {
      about: 'a field of ours misspelt',
      text: 'sensors: [{ nmae: a, networks: [10.0.0.0/8] }]',
      says: 'name',
    },
    { about: 'no YAML', text: 'sensors: [', says: 'sensors.yaml:1:' },
    { about: 'nothing', text: '', says: 'the file is empty' },
  ])('with $about is refused, with its place', ({ text, says }) => {
    let caught: unknown;
    try {
      parseSensorsFile(text, 'sensors.yaml');
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(WiretallyError);
    expect(caught).toMatchObject({ code: 'SENSORS_INVALID', message: expect.stringContaining(says) });
  });

  it('has one key whatever the order of its entries, and another one for other networks', () => {
    const again = parseSensorsFile(
      'sensors: [{ name: oslo, networks: [10.2.0.0/16] }, { name: paris-vpn, networks: [10.200.0.0/24] }, { name: "paris-*", networks: ["2001:db8:1:0::/48", 10.1.0.0/16] }]',
      'again.yaml',
    );
    expect(again.key).toBe(networks.key);
    expect(parseSensorsFile(FILE.replace('10.2.', '10.3.'), 'other.yaml').key).not.toBe(networks.key);
  });
});

describe('hosts outside the networks of their sensor', () => {
  const reported = (sensor: string, host: string) => ({
    ...window([row('api.openai.com', null, { host })]),
    sensor,
  });
  const windows = [
    reported('oslo', '10.2.0.1'),
    reported('oslo', '10.1.0.1'),
    reported('oslo', '10.1.0.2'),
    reported('x', '10.1.0.1'),
  ];

  it('are counted by sensor, left out, and known again by pseudonyms', () => {
    expect(countOutsideHosts(networks, listOutsideHosts(networks, [...windows, ...windows]))).toEqual([
      { sensor: 'oslo', hosts: 2 },
      { sensor: 'x', hosts: 1 },
    ]);
    expect(removeOutsideHosts(networks, windows).map(({ rows }) => rows.length)).toEqual([1, 0, 0, 0]);
    expect(removeOutsideHosts(null, windows)).toBe(windows);
    const listed = excludeListedHosts([['oslo', 'host-a']]);
    expect([
      listed.covers('oslo', 'host-a'),
      listed.covers('oslo', 'host-b'),
      listed.covers('x', 'host-a'),
    ]).toEqual([false, true, true]);
  });
});

describe('two windows of one key and revision', () => {
  const honest = { ...window([row('api.openai.com', null)]), sensor: 'paris-1' };
  const forged = { ...window([row('api.anthropic.com', null)]), sensor: 'paris-1' };

  it('clash where they say different things, and one of them stays whatever the order', () => {
    expect(listClashes([honest, forged])).toEqual([forged]);
    expect(mergeWindows([honest], [forged])).toEqual(mergeWindows([forged], [honest]));
    expect(mergeWindows([honest], [forged])).toHaveLength(1);
  });

  it('do not clash where they say the same, or have another revision, start or sensor', () => {
    expect(listClashes([honest, structuredClone(honest)])).toEqual([]);
    expect(listClashes([honest, { ...forged, revision: 1 }])).toEqual([]);
    expect(listClashes([honest, { ...forged, startSeconds: honest.startSeconds + 60 }])).toEqual([]);
    expect(listClashes([honest, { ...forged, sensor: 'paris-2' }])).toEqual([]);
  });
});
