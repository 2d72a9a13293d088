// Why a draft does not name its tool in a recording of it: what the recording shows, name by name.

import type { Catalogue } from '../../catalogue/catalogue.ts';
import { isProviderKind } from '../../catalogue/rules.ts';
import type { ToolEntry } from '../../catalogue/schema.ts';
import { compareText } from '../../net/address.ts';
import { programChannels, type Recorded } from './recorded.ts';

/** Of the names of one recording, as many are listed. */
const MAX_NAMES = 5;

/** `seenElsewhere`: names in recordings of other programs. */
export function whyUnnamed(
  recording: Recorded,
  entry: ToolEntry,
  catalogue: Catalogue,
  seenElsewhere: ReadonlySet<string>,
): string {
  const channels = recording.periods.flatMap((period) => period.channels);
  if (channels.length === 0) return 'it holds no flow with a server name';
  const programs = programChannels(recording);
  if (programs.length === 0) {
    const unknown = channels.flatMap(({ runtime, fingerprint }) =>
      runtime?.id === 'unknown' && fingerprint !== null ? [fingerprint.ja4] : [],
    );
    if (unknown.length > 0)
      return `its ClientHellos are of no known runtime (JA4 ${[...new Set(unknown)].sort(compareText).slice(0, 2).join(', ')})`;
    const isJoined = channels.every(({ fingerprint }) => fingerprint === null);
    return isJoined
      ? 'it holds no ClientHello: it may begin in the middle of the connections'
      : 'only browsers, command-line clients or one-sided flows are in it';
  }
  const names = [...new Set(programs.map(({ name }) => name))].sort(compareText);
  const told = names.slice(0, MAX_NAMES).map((name) => aboutName(name, entry, catalogue, seenElsewhere));
  const more = names.length > MAX_NAMES ? `; ${names.length - MAX_NAMES} more names` : '';
  return `no rule of the draft fits it. Names in it: ${told.join('; ')}${more}`;
}

function aboutName(
  name: string,
  entry: ToolEntry,
  catalogue: Catalogue,
  seenElsewhere: ReadonlySet<string>,
): string {
  const specificity = catalogue.with(entry).compiled(entry).names.find(name)[0]?.value.specificity;
  if (specificity === 'tool')
    return `${name} (its own name, but only with small calls that any program can make)`;
  const others = catalogue
    .lookup(name)
    .flatMap(({ value: { tool } }) => (tool.id === entry.id ? [] : [tool]));
  if (others.some(isProviderKind)) return `${name} (any client of the API asks it)`;
  const [other] = others;
  if (other !== undefined) return `${name} (${other.name} asks it too)`;
  if (seenElsewhere.has(name)) return `${name} (other programs ask it too)`;
  if (specificity === undefined) return `${name} (in no other recording of the tool)`;
  return `${name} (nothing shows that it is the tool's own)`;
}
