// The profile of a tool that no catalogue has: all that the hosts of a capture talked to, under its id.

import type { Catalogue } from '../../catalogue/catalogue.ts';
import { draftEntry, saysTelemetry } from '../../catalogue/draft-entry.ts';
import { isAmong } from '../../catalogue/name-index.ts';
import type { ToolProfile } from '../../model/profile.ts';
import type { UsageWindow } from '../../model/usage.ts';
import { listSome } from '../../text/quantity.ts';
import type { Classified } from '../estimates/classified.ts';
import { listActivityPeriods } from '../traffic/channels.ts';
import { profileOfPeriods } from './tool-profile.ts';
import { listExchanges, type ToolPeriod } from './tool-traffic.ts';

/** So many hosts are named. */
const FEW = 3;

/** Null without a name. Windows should hold one tool's recording, read with all names kept. */
export function unknownToolProfile(
  windows: readonly UsageWindow[],
  catalogue: Catalogue,
  id: string,
): ToolProfile | null {
  const source = 'a capture';
  const entry = draftEntry(windows, catalogue, { tool: id, version: 'not known', date: '', source });
  const known = catalogue.with(entry);
  const periods: ToolPeriod[] = [...listActivityPeriods(windows, known)].flatMap(([host, list]) =>
    list.map(({ channels }) => ({
      host,
      grade: 'possible',
      channels,
      exchanges: listExchanges(entry, channels, known),
    })),
  );
  const hosts = [...new Set(periods.map(({ host }) => host))];
  const listed = listSome(hosts, FEW);
  const profile = profileOfPeriods(
    periods.filter(({ channels }) => channels.length > 0),
    { ...entry, name: `${id} (not in the catalogue: every name of ${listed})` },
    known,
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

/** Headers of one post, at least and at most: of the recorded tools 150 to 430 bytes, less where HTTP/2 names them again. */
const HEADERS = { http: { least: 120, most: 700 }, http2: { least: 20, most: 400 } } as const;

/**
 * Calls to the name of the tool's model, or to an API that it also asks, cannot be distinguished from a request: any call
 * without a long answer may be telemetry. Headers are not known either, so there is a least and a most of all.
 */
function telemetryRange(periods: readonly ToolPeriod[], catalogue: Catalogue): ToolProfile['telemetry'] {
  const all = periods.flatMap(({ exchanges }) => exchanges);
  const collectors = collectCollectors(all, catalogue);
  const isSure = (exchange: Classified): boolean =>
    exchange.class === 'telemetry' && collectors.has(exchange.channel.name);
  const sum = (list: readonly Classified[], bytes: (exchange: Classified) => number): number =>
    list.reduce((total, exchange) => total + bytes(exchange), 0);
  const sure = all.filter(isSure);
  const maybe = all.filter((exchange) => !isSure(exchange) && mayBePost(exchange));
  const payloadUp = sum(sure, ({ bodyUp }) => bodyUp);
  const sent =
    payloadUp +
    sum(
      all.filter((exchange) => !isSure(exchange)),
      ({ bodyUp }) => bodyUp,
    );
  const min = sum(sure, (exchange) => bodyWithout(exchange, 'most'));
  const max = sum([...sure, ...maybe], (exchange) => bodyWithout(exchange, 'least'));
  const isNarrow = maybe.length === 0 && max - min <= MAX_WIDTH * max;
  return { payloadUp, share: isNarrow && sent > 0 ? payloadUp / sent : null, min, max };
}

function bodyWithout({ at, channel }: Classified, headers: 'least' | 'most'): number {
  const { http, http2 } = HEADERS;
  return Math.max(0, at.exchange.bytesUp - (channel.isHttp2 ? http2 : http)[headers]);
}

/** A share of a wider range would look more exact than it is. */
const MAX_WIDTH = 0.1;

/** A post is as large as a batch of events; what is smaller asks for settings, or for anything else of an API. */
const POST_UP = 1000;

/** Names that say so, and those that are posted to more often than they are asked. */
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
  if (saysTelemetry(name) || isAmong(catalogue.collectors.names, name)) return true;
  return catalogue.lookup(name)[0]?.value.endpoint.role === 'telemetry';
}

/** Records of an answer from which on it is no acknowledgement of a post. */
const LONG_ANSWER = 8;

const mayBePost = ({ at }: Classified): boolean => at.exchange.recordsDown < LONG_ANSWER;
