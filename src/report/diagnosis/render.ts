// Diagnoses for the terminal, as JSON and as HTML.

import type { CheckedName, Diagnosis } from '../../model/diagnosis.ts';
import { jsonText } from '../../text/json-text.ts';
import { formatCount } from '../../text/quantity.ts';
import { visibleText } from '../../text/visible-text.ts';
import { openZone } from '../../time/zone.ts';
import { clockTime, unixSeconds } from '../text/instant.ts';

interface Answer {
  readonly diagnoses: readonly Diagnosis[];
  readonly checked: readonly CheckedName[];
}

/** What a look at a name without a fault covers. */
const CHECKS = 'DNS answers, SYN, ClientHello, certificate, request, answer, loss, delay and bandwidth';

export function renderDiagnosis(
  format: 'terminal' | 'json' | 'html',
  answer: Answer,
  timezone: string,
): string {
  if (format === 'json') return `${jsonText({ schema: 1, ...answer }, 2)}\n`;
  const blocks = blocksOf(answer, timezone);
  return format === 'html' ? pageOf(blocks) : `${blocks.map((block) => block.join('\n')).join('\n\n')}\n`;
}

function blocksOf({ diagnoses, checked }: Answer, timezone: string): string[][] {
  const blocks = diagnoses.map((one) => blockOf(one, timezone));
  if (checked.length > 0) {
    const names = checked.map(
      ({ host, name, attempts }) =>
        `  ${host}  ${visibleText(name)}  ${attempts} ${attempts === 1 ? 'connection or request' : 'connections or requests'}`,
    );
    blocks.push([
      diagnoses.length === 0 ? 'No fault seen.' : 'No fault seen for these names:',
      ...names,
      `  Checked: ${CHECKS}.`,
    ]);
  }
  if (blocks.length === 0)
    blocks.push(['No connection to a name of the catalogue was seen, so there is nothing to diagnose.']);
  return blocks;
}

const REFUSALS: ReadonlySet<Diagnosis['fault']> = new Set(['provider-error', 'provider-auth']);

/** "3 of 21 failed". Where others were answered, all attempts did not fail: failures may count questions and packets. */
export function failuresText({ fault, failures, attempts, neverWorked }: Diagnosis): string {
  if (REFUSALS.has(fault))
    return `${formatCount(failures)} of ${formatCount(attempts)} answered with a refusal`;
  const isAll = failures >= attempts;
  if (isAll && !neverWorked) return `${formatCount(failures)} failed, others were answered`;
  return `${formatCount(failures)} of ${formatCount(attempts)} failed${neverWorked ? '; no request was answered' : ''}`;
}

function blockOf(one: Diagnosis, timezone: string): string[] {
  const zone = openZone(timezone);
  const at = (instant: string): string => `${zone.dayOf(unixSeconds(instant))} ${clockTime(instant, zone)}`;
  const tools = one.tools.length === 0 ? '' : ` (${one.tools.slice(0, 4).join(', ')})`;
  return [
    `${one.host}  ${visibleText(one.name)}${tools}: ${one.fault}, ${one.confidence}`,
    `  where:   ${one.leg}${one.placeConfidence === one.confidence ? '' : `, ${one.placeConfidence}`}`,
    `  when:    ${at(one.firstSeen)} to ${at(one.lastSeen)}, ${failuresText(one)}`,
    ...one.evidence.map((text) => `  for:     ${visibleText(text)}`),
    ...one.against.map((text) => `  against: ${visibleText(text)}`),
    ...(one.alike.length === 0 ? [] : [`  looks the same: ${one.alike.join(', ')}`]),
    `  do:      ${visibleText(one.advice)}`,
  ];
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

function pageOf(blocks: readonly (readonly string[])[]): string {
  const sections = blocks.map(([head = '', ...lines]) => {
    const items = lines.map((line) => `<li>${escaped(line.trim())}</li>`).join('');
    return `<section><h2>${escaped(head)}</h2><ul>${items}</ul></section>`;
  });
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Diagnosis</title></head><body><h1>Diagnosis</h1>${sections.join('')}</body></html>\n`;
}
