// Renders diagnoses for the terminal, as JSON and as HTML.

import type { CheckedName, Diagnosis, DiagnosisResult, HalfSeenName } from '../../model/diagnosis.ts';
import { jsonText } from '../../text/json-text.ts';
import { joinWords, plural } from '../../text/quantity.ts';
import { wrap, wrapLabelled } from '../../text/text-layout.ts';
import { visibleText } from '../../text/visible-text.ts';
import { openZone } from '../../time/zone.ts';
import { type DiagnosedSource, diagnosisPage } from '../html/diagnosis-page.ts';
import { changeSentences } from '../text/change-words.ts';
import { ENGLISH_WORDS } from '../text/english-words.ts';
import { failuresText, HALF_SEEN, HALF_SEEN_TITLE, NO_NAME_SEEN } from '../text/failures.ts';
import { secondTime } from '../text/instant-text.ts';
import type { RenderOptions } from '../text/render-options.ts';

/** The checks of a name without a fault. */
const CHECKS = 'DNS answers, SYN, ClientHello, certificate, request, answer, loss, delay and bandwidth';
const CHECKS_OF_LOGS = 'the outcomes that the logs state. Logs have no handshakes, losses and delays';

/** A name without a fault may have refused each request. Only sizes and times can show that. */
const HIDDEN =
  'the status of an answer inside TLS (200, 401, 429 and 500 look alike), and faults of the program itself.';

const areLogs = (checked: readonly CheckedName[]): boolean =>
  checked.length > 0 && checked.every(({ isLogged }) => isLogged);

const formatChecks = (checked: readonly CheckedName[]): string =>
  areLogs(checked) ? CHECKS_OF_LOGS : CHECKS;

const MAX_TOOLS = 4;
/** Width of the labels of a block. */
const LABELS = 11;
/** Columns between a host and the name. */
const GAP = 2;

interface DiagnosisText extends Pick<RenderOptions, 'width' | 'sha256'> {
  /** Returns the name of a tool by its ID. */
  readonly titleOf?: (tool: string) => string;
  readonly source?: DiagnosedSource;
}

export async function renderDiagnosis(
  format: 'terminal' | 'json' | 'html',
  answer: DiagnosisResult,
  timezone: string,
  { width, sha256, source, titleOf = (tool) => tool }: DiagnosisText,
): Promise<string> {
  if (format === 'json') return `${jsonText({ schema: 1, ...answer }, 2)}\n`;
  const diagnoses = answer.diagnoses.map((entry) => ({ ...entry, tools: entry.tools.map(titleOf) }));
  if (format === 'html')
    return await diagnosisPage(
      { ...answer, diagnoses },
      { timezone, checks: formatChecks(answer.checked), hidden: HIDDEN, sha256, source },
    );
  const { checked, halfSeen, comparison } = answer;
  const blocks = diagnoses.map((diagnosis) => listBlock(diagnosis, timezone, width));
  if (comparison !== undefined) {
    const zone = openZone(timezone);
    const text = changeSentences(comparison, (instant) => secondTime(instant, zone)).join(' ');
    blocks.unshift(['What changed:', ...wrap(visibleText(text), width - 2).map((line) => `  ${line}`)]);
  }
  if (checked.length > 0) blocks.push(checkedBlock(checked, diagnoses.length > 0, width));
  if (halfSeen.length > 0) blocks.push(halfSeenBlock(halfSeen, width));
  if (blocks.length === 0) blocks.push(wrap(`${NO_NAME_SEEN}.`, width));
  if (diagnoses.length > 0) blocks.push([`Times are ${timezone}.`]);
  return `${blocks.map((block) => block.join('\n')).join('\n\n')}\n`;
}

const checkedBlock = (checked: readonly CheckedName[], hasFaults: boolean, width: number): string[] => [
  hasFaults ? 'No fault seen for these names:' : 'No fault seen.',
  ...checked.flatMap((row) => listName(row, row.isLogged ? ', in logs' : '', width)),
  ...wrapLabelled('  Checked: ', `${formatChecks(checked)}.`, width, LABELS),
  ...(areLogs(checked) ? [] : wrapLabelled('  Hidden:', HIDDEN, width, LABELS)),
];

function listName(
  { host, name, attempts }: Pick<CheckedName, 'host' | 'name' | 'attempts'>,
  addition: string,
  width: number,
): string[] {
  const place = `  ${host}  ${visibleText(name)}`;
  const count = `${attempts === 1 ? '1 connection, request or DNS query' : `${plural(attempts, 'connection')}, requests or DNS queries`}${addition}`;
  return place.length + GAP + count.length > width ? [place, `      ${count}`] : [`${place}  ${count}`];
}

const halfSeenBlock = (halfSeen: readonly HalfSeenName[], width: number): string[] => [
  `${HALF_SEEN_TITLE}:`,
  ...halfSeen.flatMap((row) => listName(row, `, packets of the ${row.from} alone`, width)),
  ...wrapLabelled('  Hidden:', HALF_SEEN, width, LABELS),
];

function listBlock(diagnosis: Diagnosis, timezone: string, width: number): string[] {
  const zone = openZone(timezone);
  const titles = diagnosis.tools.slice(0, MAX_TOOLS);
  const tools = titles.length === 0 ? '' : ` (${joinWords(titles)})`;
  const degree = diagnosis.effect === 'degraded' ? `${diagnosis.confidence}, degraded` : diagnosis.confidence;
  const line = (label: string, text: string): string[] =>
    wrapLabelled(`  ${label}`, visibleText(text), width, LABELS);
  return [
    ...wrapLabelled(
      diagnosis.host,
      `${visibleText(diagnosis.name)}${tools}: ${diagnosis.fault}, ${degree}`,
      width,
      diagnosis.host.length + GAP,
    ),
    ...line(
      'where:',
      `${diagnosis.leg}${diagnosis.placeConfidence === diagnosis.confidence ? '' : `, ${diagnosis.placeConfidence}`}`,
    ),
    ...line('what:', `${diagnosis.summary}.`),
    ...line(
      'when:',
      `${ENGLISH_WORDS.between(secondTime(diagnosis.firstSeen, zone), secondTime(diagnosis.lastSeen, zone))}, ${failuresText(diagnosis)}`,
    ),
    ...diagnosis.evidence.flatMap((text) => line('for:', text)),
    ...diagnosis.against.flatMap((text) => line('against:', text)),
    ...line('do:', diagnosis.advice),
    ...diagnosis.alternatives.flatMap((text) => line('or:', text)),
  ];
}
