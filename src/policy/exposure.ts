// Compares advisories with the started builds: a result for each host that used the tool, by day.

import type { Advisory, AdvisoryHeader, Exposure } from '../model/report.ts';
import type { HostAttribution, HostTool, SignDay } from '../model/tool.ts';
import type { ExposureAnswer } from '../model/words.ts';
import { compareText, sortHosts } from '../net/address.ts';
import { intersectSpans, liesWithin, uniteSpans } from '../text/version.ts';
import type { Zone } from '../time/zone.ts';

/** By advisory and host; hosts of which no day matters are left out. */
export function exposuresOf(
  attributions: readonly HostAttribution[],
  advisories: readonly Advisory[],
): Exposure[] {
  const byHost = new Map(attributions.map((one) => [one.host, one.tools]));
  const hosts = sortHosts([...byHost.keys()]);
  return [...advisories]
    .sort((a, b) => compareText(a.id, b.id))
    .flatMap((advisory) =>
      hosts.flatMap((host) => {
        const found = byHost.get(host)?.find(({ use }) => use.tool === advisory.tool);
        const days = found === undefined ? [] : exposureDays(found, advisory);
        return days.length === 0 ? [] : [{ advisory: advisory.id, host, tool: advisory.tool, days }];
      }),
    );
}

/** By id, as in documents. */
export function advisoryHeaders(advisories: readonly Advisory[]): AdvisoryHeader[] {
  return [...advisories]
    .sort((a, b) => compareText(a.id, b.id))
    .map(({ platforms: _, since: __, until: ___, ...header }) => header);
}

function exposureDays({ use, signDays }: HostTool, advisory: Advisory): Exposure['days'] {
  const unknown = (date: string): SignDay => ({ date, state: 'cannotSay', sets: [] });
  // Without recorded builds of the tool, every day of use is undecidable.
  const days = signDays ?? use.days.map(({ date }) => unknown(date));
  return days
    .filter(({ date }) => date >= (advisory.since ?? date) && date <= (advisory.until ?? date))
    .map((day) => ({
      date: day.date,
      answer: answerOf(day, advisory),
      spans: uniteSpans(day.sets.flatMap(({ spans }) => spans ?? [])),
    }));
}

export function answerOf({ state, sets }: SignDay, advisory: Advisory): ExposureAnswer {
  const { affected, possible, unmapped, platforms } = advisory;
  const isOfPlatform = (set: SignDay['sets'][number]): boolean =>
    platforms.length === 0 || set.platforms.some((platform) => platforms.includes(platform));
  const hasRun = sets.some(
    (set) => set.kind === 'start' && isOfPlatform(set) && liesWithin(set.spans ?? [], affected),
  );
  if (hasRun) return 'ran';
  const either = [...affected, ...possible];
  if (sets.some(({ spans }) => intersectSpans(spans ?? [], either).length > 0)) return 'may';
  if (state === 'cannotSay' || unmapped.length > 0) return 'cannotSay';
  return state === 'partly' ? 'may' : 'notSeen';
}

/**
 * The quarter hours of days on which an affected version ran, and, as no more than possible, of those on which one may
 * have. The zone must be that of the days.
 */
export function exposedPart(tool: HostTool, advisories: readonly Advisory[], zone: Zone): HostTool[] {
  const answers = new Map<string, ExposureAnswer>();
  for (const advisory of advisories) {
    if (advisory.tool !== tool.use.tool) continue;
    for (const { date, answer } of exposureDays(tool, advisory))
      if (weightOf(answer) > weightOf(answers.get(date))) answers.set(date, answer);
  }
  const quarters = tool.quarters.flatMap((quarter) => {
    const answer = answers.get(zone.dayOf(quarter.startSeconds));
    if (answer === 'ran') return [quarter];
    return answer === 'may' ? [{ ...quarter, confidence: 'possible' as const }] : [];
  });
  if (quarters.length === 0) return [];
  const { use } = tool;
  return [
    {
      use,
      quarters,
      evidenceIn: (some) => tool.evidenceIn?.(some) ?? use.evidence,
      sensorsIn: (some) => tool.sensorsIn?.(some) ?? use.sensors ?? [],
    },
  ];
}

const weightOf = (answer: ExposureAnswer | undefined): number =>
  answer === 'ran' ? 2 : answer === 'may' ? 1 : 0;
