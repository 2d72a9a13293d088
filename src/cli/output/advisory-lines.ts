// Advisories about a tool on a host, in words: the result of each day, and each start as evidence for or against.

import { NOT_PLACED } from '../../attribution/explain.ts';
import type { Advisory } from '../../model/report.ts';
import type { BuildSign, HostTool } from '../../model/tool.ts';
import { exposuresOf } from '../../policy/exposure.ts';
import { ANSWERS, affectedText, reasonOf } from '../../report/text/exposure-words.ts';
import { plural } from '../../report/text/quantity.ts';
import { intersectSpans, liesWithin, spanText } from '../../text/version.ts';
import { visibleText } from '../../text/visible-text.ts';
import { formatInstant } from '../../time/instant.ts';

/** Starts that are listed under one advisory: the earliest. */
const MAX_STARTS = 10;

/** Lines of text; empty where no advisory is about the tool. `timeOf` writes an RFC 3339 instant. */
export function advisoryLines(
  host: string,
  tool: HostTool,
  advisories: readonly Advisory[],
  timeOf: (instant: string) => string,
): string[] {
  const about = advisories.filter((advisory) => advisory.tool === tool.use.tool);
  if (about.length === 0) return [];
  const exposures = exposuresOf([{ host, tools: [tool], providers: [] }], about);
  const starts = (tool.signs ?? []).filter(({ kind }) => kind !== 'used');
  return [
    '',
    `Advisories about ${tool.use.name}:`,
    ...exposures.flatMap(({ advisory: id, answer, first, last, days: list }) => {
      const advisory = about.find((one) => one.id === id);
      if (advisory === undefined) return [];
      const reason = reasonOf({ days: list });
      const days = first === last ? `on ${first}` : `first on ${first}, last on ${last}`;
      return [
        `  ${visibleText(id)} (${advisory.severity}; ${visibleText(affectedText(advisory))}): ${ANSWERS[answer]} ${days}`,
        ...(reason === '' ? [] : [`    ? ${reason}`]),
        ...startLines(starts, advisory, timeOf),
      ];
    }),
  ];
}

function startLines(
  starts: readonly BuildSign[],
  advisory: Advisory,
  timeOf: (instant: string) => string,
): string[] {
  if (starts.length === 0) return ['    no start was seen'];
  const more = starts.length - MAX_STARTS;
  return [
    ...starts.slice(0, MAX_STARTS).map((start) => {
      const { mark, words } = weighed(start, advisory);
      return `    ${mark} ${timeOf(formatInstant(start.atUs))}: ${words}`;
    }),
    ...(more > 0 ? [`    and ${plural(more, 'start')} more`] : []),
  ];
}

/** `+`: an affected version was started; `-`: none was; `?`: not known. */
function weighed(
  { kind, spans, why, platforms }: BuildSign,
  advisory: Advisory,
): { readonly mark: string; readonly words: string } {
  if (spans === null) return { mark: '?', words: NOT_PLACED[why ?? 'fewMarks'] };
  const { affected, possible } = advisory;
  const builds = `${kind === 'start' ? 'start of' : 'update to'} ${spans.map(spanText).join(', ')}`;
  if (intersectSpans(spans, [...affected, ...possible]).length === 0)
    return { mark: '-', words: `${builds}: none is affected` };
  if (kind !== 'start') return { mark: '?', words: `${builds}: an update does not show that it ran` };
  const isElsewhere =
    advisory.platforms.length > 0 && !platforms.some((platform) => advisory.platforms.includes(platform));
  if (isElsewhere) return { mark: '?', words: `${builds}: recorded on platforms that it is not about` };
  return liesWithin(spans, affected)
    ? { mark: '+', words: `${builds}: all are affected` }
    : { mark: '?', words: `${builds}: some are affected, others are not` };
}
