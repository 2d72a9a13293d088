// What to say of a key that a policy file does not have at a place: where it belongs, or which was probably meant.

import { didYouMean } from './nearest.ts';

const SCOPE = ['cidr', 'mac', 'vlan', 'name', 'host'] as const;
const THRESHOLD = ['confidence', 'roles', 'minRequests', 'minActiveMinutes'] as const;

/** Keys by section and by the map inside it; '' is the section itself. schema.ts is what decides. */
const KEYS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  '': {
    '': [
      'version',
      'name',
      'timezone',
      'catalogue',
      'default',
      'privacy',
      'groups',
      'toolSets',
      'evidence',
      'rules',
      'exceptions',
      'tests',
    ],
  },
  privacy: { '': ['hosts', 'minGroup', 'retentionDays'], retentionDays: ['windows', 'findings'] },
  groups: { '': [...SCOPE, 'exclude'] },
  toolSets: { '': ['tools', 'vendors', 'kind', 'sets'] },
  evidence: { '': THRESHOLD },
  rules: {
    '': [
      'id',
      'rev',
      'title',
      'priority',
      'match',
      'related',
      'scope',
      'action',
      'announced',
      'effective',
      'until',
      'grace',
      'severity',
      'evidence',
      'also',
      'references',
      'owner',
    ],
    match: ['tools', 'vendors', 'kind', 'toolSet'],
    related: ['tools', 'result'],
    scope: ['groups', ...SCOPE],
    grace: ['until', 'severity'],
    also: ['telemetryOnly', 'updateOnly', 'relaySuspected'],
    evidence: THRESHOLD,
  },
  exceptions: {
    '': ['id', 'rule', 'scope', 'from', 'until', 'reason', 'approvedBy', 'ticket'],
    scope: ['groups', ...SCOPE],
  },
  tests: {
    '': ['at', 'host', 'name', 'mac', 'tool', 'confidence', 'requests', 'minutes', 'roles', 'expect'],
  },
};

/** `path` is that of the map in which the key stands. */
export function unknownKey(key: string, path: readonly (string | number)[]): string {
  const says = `the key "${key}" is not known`;
  const top = typeof path[0] === 'string' ? path[0] : '';
  const section = KEYS[top] ?? {};
  const last = path.length > 1 ? String(path.at(-1)) : '';
  const here = Object.hasOwn(section, last) ? last : '';
  const home = Object.keys(section).find((map) => map !== here && section[map]?.includes(key) === true);
  if (home !== undefined) {
    return `${says} here: it belongs ${home === '' ? 'one level up' : `under "${home}"`}`;
  }
  const near = didYouMean(key, section[here] ?? []);
  return `${says}${near === '' ? didYouMean(key, Object.values(section).flat()) : near}`;
}
