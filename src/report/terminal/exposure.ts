// Exposure to advisories for a terminal: a line for each host, with how many days have which answer.

import type { Advisory } from '../../model/advisory.ts';
import type { Exposure, ExposureAnswer } from '../../model/report.ts';
import { type Column, type Painter, renderTable, wrap } from '../../text/text-layout.ts';
import { spanText, uniteSpans } from '../../text/version.ts';
import { visibleText } from '../../text/visible-text.ts';

export function exposureLines(
  advisories: readonly Advisory[],
  exposures: readonly Exposure[],
  width: number,
  paint: Painter,
): string[] {
  return advisories.flatMap((advisory, i) => [
    ...(i === 0 ? [] : ['']),
    ...oneAdvisory(
      advisory,
      exposures.filter((exposure) => exposure.advisory === advisory.id),
      width,
      paint,
    ),
  ]);
}

function oneAdvisory(
  advisory: Advisory,
  exposures: readonly Exposure[],
  width: number,
  paint: Painter,
): string[] {
  const { id, title, tool, affected, severity, sources, action } = advisory;
  const versions = affected.map(spanText).join(', ');
  return [
    ...wrap(`${paint('head', visibleText(id))}  ${visibleText(title)} (${severity})`, width),
    ...wrap(`${tool} ${versions}`, width),
    '',
    ...(exposures.length === 0
      ? wrap(`${tool} was not seen on any host in that time.`, width)
      : renderTable(columnsOf(exposures), paint)),
    '',
    ...wrap(`What to do: ${visibleText(action)}`, width),
    ...wrap(`Sources: ${sources.map(visibleText).join('; ')}`, width),
  ];
}

function columnsOf(exposures: readonly Exposure[]): Column[] {
  const column = (
    head: string,
    text: (one: Exposure) => string,
    align: Column['align'] = 'right',
  ): Column => ({
    head,
    align,
    cells: exposures.map((one) => ({ text: visibleText(text(one)) })),
  });
  const days = (answer: ExposureAnswer) => (one: Exposure) =>
    String(one.days.filter((day) => day.answer === answer).length);
  const dates = (one: Exposure): string => {
    const worst = one.days.filter((day) => day.answer === 'ran' || day.answer === 'may');
    const [first, last] = [worst[0]?.date, worst.at(-1)?.date];
    if (first === undefined) return '';
    return first === last ? first : `${first} to ${last}`;
  };
  return [
    column('HOST', ({ host }) => host, 'left'),
    column('RAN', days('ran')),
    column('MAY', days('may')),
    column('CANNOT SAY', days('cannotSay')),
    column('NOT SEEN', days('notSeen')),
    column('RAN OR MAY', dates, 'left'),
    column(
      'BUILDS',
      (one) =>
        uniteSpans(one.days.flatMap(({ spans }) => spans))
          .map(spanText)
          .join(', '),
      'left',
    ),
  ];
}
