// Describes changes between two times in one paragraph.

import type { NameChange, NameState, TimesCompared } from '../../model/diagnosis.ts';
import { groupBy } from '../../model/grouped-by.ts';
import type { Latency } from '../../model/health.ts';
import { plural } from '../../text/quantity.ts';
import { delayText } from './health-words.ts';

/** Maximum sentences of the paragraph. JSON contains all changes. */
const MAX_SENTENCES = 12;
const MAX_HOSTS = 3;

/** Leaves out what differs between the hosts of one sentence. */
const NOWHERE = { host: '', from: '', to: '' };

/** `at`: formats an instant. */
export function changeSentences(
  { names, changes, onlyBefore, onlyAfter }: TimesCompared,
  at: (instant: string) => string,
): string[] {
  const single = [
    ...nameSentence('Seen at the earlier time alone', onlyBefore, ' That is no sign of a fault.'),
    ...nameSentence('Seen at the later time alone', onlyAfter, ''),
  ];
  if (names === 0)
    return ['No host was seen with the same name at both times, so nothing can be compared.', ...single];
  const same = names - changes.length;
  // Hosts share a sentence if all of it is true of each: the cause, and the state before.
  const groups = [
    ...groupBy(changes, (change) => formatSentence([{ ...change, ...NOWHERE }], () => '')).values(),
  ];
  const left = groups.length - MAX_SENTENCES;
  return [
    ...groups.slice(0, MAX_SENTENCES).map((group) => formatSentence(group, at)),
    ...(left > 0 ? [`${plural(left, 'more change')} ${left === 1 ? 'is' : 'are'} in JSON.`] : []),
    ...(same === 0 ? [] : [`${plural(same, 'name')} ${same === 1 ? 'is' : 'are'} as before.`]),
    ...single,
  ];
}

function nameSentence(when: string, names: readonly string[], more: string): string[] {
  const left = names.length - MAX_SENTENCES;
  const list = `${names.slice(0, MAX_SENTENCES).join(', ')}${left > 0 ? ` and ${plural(left, 'more name')}` : ''}`;
  return names.length === 0 ? [] : [`${when}: ${list}.${more}`];
}

function formatSentence(group: readonly NameChange[], at: (instant: string) => string): string {
  const [first] = group;
  if (first === undefined) return '';
  const { name, change, before, after, summary } = first;
  const from =
    group
      .map((change) => change.from)
      .sort()
      .at(-1) ?? first.from;
  const to = group.map((change) => change.to).sort()[0] ?? first.to;
  const time = from < to ? `between ${at(from)} and ${at(to)}` : `at ${at(to)}`;
  const who = `${name}${hostsText(group)}`;
  const fault = `${summary} (${after.leg}).`;
  switch (change) {
    case 'stopped':
      return `${who} stopped working ${time}. ${fault}`;
    case 'moved':
      return `${who} still fails, with another fault: ${before.fault} (${before.leg}) before, now ${after.fault}. ${fault}`;
    case 'degraded':
      return `${who} works, but is degraded since ${at(to)}. ${fault}`;
    case 'works':
      return `${who} works again since ${at(to)}, after ${before.fault} (${before.leg}).`;
    default:
      return `${who} is ${change}: ${delaysText(before, after)}.`;
  }
}

function hostsText(group: readonly NameChange[]): string {
  const hosts = group.map(({ host }) => host);
  const left = hosts.length - MAX_HOSTS;
  return ` on ${hosts.slice(0, MAX_HOSTS).join(', ')}${left > 0 ? ` and ${plural(left, 'more host')}` : ''}`;
}

const delaysText = (before: NameState, after: NameState): string =>
  [
    delayChange('connection', before.connection, after.connection),
    delayChange('first answer', before.answer, after.answer),
  ]
    .flatMap((text) => text ?? [])
    .join('; ');

const delayChange = (what: string, before: Latency | null, after: Latency | null): string | null =>
  before === null || after === null
    ? null
    : `${what} ${delayText(after.median)} (median), before ${delayText(before.median)}`;
