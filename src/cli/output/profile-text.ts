// A tool's profile for a terminal: the ledger first, then every name, then what goes on when nobody works.

import type { NameChange, ProfileChanges } from '../../attribution/profile/compare.ts';
import type { PhaseSum, ProfileName, ToolProfile, UsePhase } from '../../model/profile.ts';
import { formatBytes, formatCount, formatRange, formatShare, plural } from '../../report/text/quantity.ts';
import {
  ASCII_GLYPHS,
  type RenderOptions,
  tableWidthOf,
  UNICODE_GLYPHS,
} from '../../report/text/render-options.ts';
import { type Column, fitTable, labelled, painter, wrap } from '../../text/text-layout.ts';
import { visibleText } from '../../text/visible-text.ts';

export function profileText(
  profile: ToolProfile,
  changes: ProfileChanges | null,
  terminal: RenderOptions,
): string {
  const paint = painter(terminal.color);
  const { dash, ellipsis } = terminal.unicode ? UNICODE_GLYPHS : ASCII_GLYPHS;
  const { telemetry, names } = profile;
  const share = telemetry.share === null ? '' : `, ${formatShare(telemetry.share)} of what was sent`;
  const fact = (label: string, text: string): string[] => labelled(`  ${label}`, text, terminal.width, 19);
  const fitted = (columns: readonly Column[]): string[] =>
    fitTable(columns, paint, tableWidthOf(terminal), ellipsis);
  const lines = [
    `${paint('head', profile.name)} (${profile.vendor}), ${profile.confidence ?? 'not named'}, on ${plural(profile.hosts, 'host')}`,
    '',
    ...fact('requests', formatRange(profile.requests, 'host', dash)),
    ...fact('sent to models', formatBytes(profile.modelPayloadUp)),
    ...fact('telemetry', `${telemetryText(telemetry)}${share}`),
    ...fact('built on', profile.runtimes.join(', ') || 'not known'),
    '',
    ...(names.length === 0
      ? wrap(
          'No flow to a name of this tool was seen: something else, as a DNS question, speaks for it.',
          terminal.width,
        )
      : [
          ...fitted(nameColumns(names, dash)),
          '',
          ...fitted(phaseColumns(names)),
          '',
          ...wrap(idleSentence(profile), terminal.width),
          ...wrap(relaySentence(profile), terminal.width),
        ]),
    ...(changes === null ? [] : ['', ...changeLines(changes)]),
  ];
  return `${lines.join('\n')}\n`;
}

/** A range where posts and requests to one name are not told apart. */
export function telemetryText({ min, max, payloadUp }: ToolProfile['telemetry']): string {
  if (min === max) return formatBytes(payloadUp);
  return `${formatBytes(min)} to ${formatBytes(max)}: what is posted to the name of the model is not told from requests`;
}

function nameColumns(names: readonly ProfileName[], dash: string): Column[] {
  const column = (
    head: string,
    align: Column['align'],
    text: (name: ProfileName) => string,
    isOptional?: true,
  ): Column => ({
    head,
    align,
    cells: names.map((name) => ({ text: text(name) })),
    ...(isOptional === undefined ? {} : { isOptional }),
  });
  return [
    column('NAME', 'left', (name) => visibleText(name.name)),
    column('ROLE', 'left', (name) => name.role),
    column('OWNER', 'left', (name) => name.specificity),
    column('PROTOCOL', 'left', (name) => name.protocols.join(', '), true),
    column('FLOWS', 'right', (name) => formatCount(name.flows)),
    column('SENT', 'right', (name) => formatBytes(name.bytesUp)),
    column('RECEIVED', 'right', (name) => formatBytes(name.bytesDown)),
    column('REQUESTS', 'right', (name) => formatRange(name.requests, 'host', dash)),
    column('TELEMETRY', 'right', ({ telemetryPayloadUp: up }) => (up === null ? dash : formatBytes(up))),
  ];
}

/** What the moments of a cadence mean to a reader. */
export const PHASES: readonly { readonly phase: UsePhase; readonly head: string }[] = [
  { phase: 'start', head: 'AT START' },
  { phase: 'activity', head: 'IN USE' },
  { phase: 'idle', head: 'IDLE' },
  { phase: 'exit', head: 'AT EXIT' },
];

export function phaseText({ exchanges, bytesUp }: PhaseSum): string {
  return exchanges === 0 ? '0' : `${formatCount(exchanges)}, ${formatBytes(bytesUp)}`;
}

function phaseColumns(names: readonly ProfileName[]): Column[] {
  return [
    {
      head: 'EXCHANGES, BYTES UP',
      align: 'left',
      cells: names.map(({ name }) => ({ text: visibleText(name) })),
    },
    ...PHASES.map(({ phase, head }) => ({
      head,
      align: 'right' as const,
      cells: names.map(({ cadence }) => ({ text: phaseText(cadence[phase]) })),
    })),
  ];
}

export function idleSentence(profile: ToolProfile): string {
  const { idle } = profile;
  if (idle.exchanges === 0) return 'When idle: nothing was exchanged.';
  return `When idle: ${plural(idle.exchanges, 'exchange')}, ${formatBytes(idle.bytesUp)} up, to ${idle.names.map(visibleText).join(', ')}.`;
}

export function relaySentence(profile: ToolProfile): string {
  const names = profile.relay.visible.map(visibleText).join(', ') || 'nothing';
  return profile.relay.inUse
    ? `Model requests went to another name than the vendor's; beside it stayed visible: ${names}.`
    : `Behind a relay, these names would stay visible: ${names}.`;
}

export function changeLines(changes: ProfileChanges): string[] {
  const named = (
    head: string,
    names: readonly { readonly name: string; readonly role: string }[],
  ): string[] => names.map((each) => `  ${head} ${visibleText(each.name)} (${each.role})`);
  const sized = (head: string, names: readonly NameChange[]): string[] =>
    names.map(
      (each) =>
        `  ${head} ${visibleText(each.name)}: ${formatBytes(each.before)} to ${formatBytes(each.after)} per activity period`,
    );
  const lines = [
    ...named('new  ', changes.newNames),
    ...named('gone ', changes.goneNames),
    ...sized('grown', changes.grown),
    ...sized('less ', changes.shrunk),
    ...changes.newRuntimes.map((runtime) => `  new   runtime ${runtime}`),
    ...changes.goneRuntimes.map((runtime) => `  gone  runtime ${runtime}`),
  ];
  const { before, after } = changes.telemetry;
  return [
    'SINCE THE BASELINE',
    ...(lines.length === 0 ? ['  the same names and runtimes'] : lines),
    `  telemetry per activity period: ${formatBytes(before)} to ${formatBytes(after)}`,
  ];
}
