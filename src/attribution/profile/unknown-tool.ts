// Computes the profile of an uncatalogued tool from all traffic of the hosts in a capture.

import type { Catalogue } from '../../catalogue/catalogue.ts';
import { draftEntry, isTelemetryName } from '../../catalogue/draft-entry.ts';
import { isAmong } from '../../catalogue/name-index.ts';
import { sumOf } from '../../model/extremes.ts';
import type { ToolProfile } from '../../model/profile.ts';
import type { UsageWindow } from '../../model/usage.ts';
import { listSome } from '../../text/quantity.ts';
import type { Classified } from '../estimates/classified.ts';
import { listActivityPeriods } from '../traffic/channels.ts';
import { buildProfile } from './tool-profile.ts';
import { listExchanges, type ToolPeriod } from './tool-traffic.ts';

/** Maximum number of named hosts. */
const FEW = 3;

/** Returns null without a name. Windows should contain the recording of one tool, with all names. */
export function unknownToolProfile(
  windows: readonly UsageWindow[],
  catalogue: Catalogue,
  id: string,
): ToolProfile | null {
  const source = 'a capture';
  const entry = draftEntry(windows, catalogue, { tool: id, version: 'not known', date: '', source });
  const extended = catalogue.with(entry);
  const periods: ToolPeriod[] = [...listActivityPeriods(windows, extended)].flatMap(([host, list]) =>
    list.map(({ channels }) => ({
      host,
      grade: 'possible',
      channels,
      exchanges: listExchanges(entry, channels, extended),
    })),
  );
  const hosts = [...new Set(periods.map(({ host }) => host))];
  const listed = listSome(hosts, FEW);
  const profile = buildProfile(
    periods.filter(({ channels }) => channels.length > 0),
    { ...entry, name: `${id} (not in the catalogue: every name of ${listed})` },
    extended,
  );
  if (profile === null) return null;
  const telemetry = telemetryRange(periods, catalogue);
  const posted = periods.flatMap(({ exchanges }) => exchanges.filter(mayBePost));
  const shared = new Set(posted.map(({ channel }) => channel.name));
  const names = profile.names.map((name) =>
    name.role !== 'telemetry' && shared.has(name.name) ? { ...name, telemetryPayloadUp: null } : name,
  );
  return { ...profile, confidence: null, telemetry, names };
}

/**
 * Minimum and maximum bytes of the headers of a post: recorded tools have 150 to 430, and less for repeated headers of
 * HTTP/2.
 */
const HEADERS = { http: { least: 120, most: 700 }, http2: { least: 20, most: 400 } } as const;

/**
 * Computes a range of telemetry. Calls to the name of the model, or to another API of the tool, cannot be distinguished from
 * requests: any call without a long answer may be telemetry. Headers are unknown too, so all bytes are ranges.
 */
function telemetryRange(periods: readonly ToolPeriod[], catalogue: Catalogue): ToolProfile['telemetry'] {
  const all = periods.flatMap(({ exchanges }) => exchanges);
  const collectors = collectCollectors(all, catalogue);
  const isSure = (exchange: Classified): boolean =>
    exchange.class === 'telemetry' && collectors.has(exchange.channel.name);
  const certain = all.filter(isSure);
  const maybe = all.filter((exchange) => !isSure(exchange) && mayBePost(exchange));
  const payloadUp = sumOf(certain, ({ bodyUp }) => bodyUp);
  const sent =
    payloadUp +
    sumOf(
      all.filter((exchange) => !isSure(exchange)),
      ({ bodyUp }) => bodyUp,
    );
  const min = sumOf(certain, (exchange) => removeFields(exchange, 'most'));
  const max = sumOf([...certain, ...maybe], (exchange) => removeFields(exchange, 'least'));
  const isNarrow = maybe.length === 0 && max - min <= MAX_WIDTH * max;
  return { payloadUp, share: isNarrow && sent > 0 ? payloadUp / sent : null, min, max };
}

function removeFields({ at, channel }: Classified, headers: 'least' | 'most'): number {
  const { http, http2 } = HEADERS;
  return Math.max(0, at.exchange.bytesUp - (channel.isHttp2 ? http2 : http)[headers]);
}

/** Maximum width of a range for which a share is computed: a share of a wider one would look too exact. */
const MAX_WIDTH = 0.1;

/** Minimum size of a post, a batch of events: smaller calls load settings or other data of an API. */
const POST_UP = 1000;

/** Finds collectors: names that state this, and names with more posts than other calls. */
function collectCollectors(all: readonly Classified[], catalogue: Catalogue): ReadonlySet<string> {
  const balance = new Map<string, number>();
  for (const { at, channel } of all) {
    const step = at.exchange.bytesUp >= POST_UP ? 1 : -1;
    balance.set(channel.name, (balance.get(channel.name) ?? 0) + step);
  }
  return new Set(
    [...balance].flatMap(([name, posts]) => (posts > 0 || isCollector(name, catalogue) ? [name] : [])),
  );
}

function isCollector(name: string, catalogue: Catalogue): boolean {
  if (isTelemetryName(name) || isAmong(catalogue.collectors.names, name)) return true;
  return catalogue.lookup(name)[0]?.value.endpoint.role === 'telemetry';
}

/** Number of records from which an answer is more than the acknowledgement of a post. */
const LONG_ANSWER = 8;

const mayBePost = ({ at }: Classified): boolean => at.exchange.recordsDown < LONG_ANSWER;
