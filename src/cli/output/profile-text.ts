// A tool's profile for a terminal: the ledger first, then every name, then what goes on when nobody works.

import type { NameChange, ProfileChanges } from '../../attribution/profile/compare.ts';
import type { Moment, MomentSum, ProfileName, ToolProfile } from '../../attribution/profile/profile.ts';
import { formatBytes, formatCount, formatRange, formatShare, plural } from '../../report/text/quantity.ts';
import { ASCII_GLYPHS, type RenderOptions, UNICODE_GLYPHS } from '../../report/text/render-options.ts';
import { type Column, fitTable, labelled, painter, wrap } from '../../text/text-layout.ts';
import { visibleText } from '../../text/visible-text.ts';

export function profileText(
  profile: ToolProfile,
  changes: ProfileChanges | null,
  look: RenderOptions,
): string {
  const paint = painter(look.color);
  const { dash, ellipsis } = look.unicode ? UNICODE_GLYPHS : ASCII_GLYPHS;
  const { telemetry, names } = profile;
  const share = telemetry.share === null ? '' : `, ${formatShare(telemetry.share)} of what was sent`;
  const fact = (label: string, text: string): string[] => labelled(`  ${label}`, text, look.width, 19);
  const fitted = (columns: readonly Column[]): string[] => fitTable(columns, paint, look.width, ellipsis);
  const lines = [
    `${paint('head', profile.name)} (${profile.vendor}), ${profile.confidence ?? 'not named'}, on ${plural(profile.hosts, 'host')}`,
    '',
    ...fact('requests', formatRange(profile.requests, 'host', dash)),
    ...fact('sent to models', formatBytes(profile.modelPayloadUp)),
    ...fact('telemetry', `${formatBytes(telemetry.payloadUp)}${share}`),
    ...fact('built on', profile.runtimes.join(', ') || 'not known'),
    '',
    ...(names.length === 0
      ? wrap(
          'No flow to a name of this tool was seen: something else, as a DNS question, speaks for it.',
          look.width,
        )
      : [
          ...fitted(nameColumns(names, dash)),
          '',
          ...fitted(momentColumns(names)),
          '',
          ...wrap(idleSentence(profile), look.width),
          ...wrap(relaySentence(profile), look.width),
        ]),
    ...(changes === null ? [] : ['', ...changeLines(changes)]),
  ];
  return `${lines.join('\n')}\n`;
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
    column('UP', 'right', (name) => formatBytes(name.bytesUp)),
    column('DOWN', 'right', (name) => formatBytes(name.bytesDown)),
    column('REQUESTS', 'right', (name) => formatRange(name.requests, 'host', dash)),
    column('TELEMETRY', 'right', (name) => formatBytes(name.telemetryPayloadUp)),
  ];
}

/** What the moments of a cadence mean to a reader. */
export const MOMENTS: readonly { readonly moment: Moment; readonly head: string }[] = [
  { moment: 'start', head: 'AT START' },
  { moment: 'activity', head: 'IN USE' },
  { moment: 'idle', head: 'IDLE' },
  { moment: 'exit', head: 'AT EXIT' },
];

export function momentText({ exchanges, bytesUp }: MomentSum): string {
  return exchanges === 0 ? '0' : `${formatCount(exchanges)}, ${formatBytes(bytesUp)}`;
}

function momentColumns(names: readonly ProfileName[]): Column[] {
  return [
    {
      head: 'EXCHANGES, BYTES UP',
      align: 'left',
      cells: names.map(({ name }) => ({ text: visibleText(name) })),
    },
    ...MOMENTS.map(({ moment, head }) => ({
      head,
      align: 'right' as const,
      cells: names.map(({ cadence }) => ({ text: momentText(cadence[moment]) })),
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
        `  ${head} ${visibleText(each.name)}: ${formatBytes(each.before)} to ${formatBytes(each.after)} per stay`,
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
    `  telemetry per stay: ${formatBytes(before)} to ${formatBytes(after)}`,
  ];
}
