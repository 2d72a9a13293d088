// A tool's profile as Markdown: the document that is attached to a decision about the tool.

import type { ProfileChanges } from '../../attribution/profile/compare.ts';
import type { ToolProfile } from '../../model/profile.ts';
import { formatBytes, formatCount, formatRange, formatShare, plural } from '../../report/text/quantity.ts';
import { md, table } from '../../text/markdown-text.ts';
import {
  changeLines,
  idleSentence,
  PHASES,
  phaseText,
  relaySentence,
  telemetryText,
} from './profile-text.ts';

export function profileMarkdown(
  profile: ToolProfile,
  changes: ProfileChanges | null,
  wiretally: string,
): string {
  const { telemetry } = profile;
  const share = telemetry.share === null ? 'not known' : `${formatShare(telemetry.share)} of what was sent`;
  const lines = [
    `# What ${md(profile.name)} talks to`,
    '',
    `${md(profile.name)} of ${md(profile.vendor)}, ${profile.confidence ?? 'not named'}, on ${plural(profile.hosts, 'host')} in ${plural(profile.periods, 'stay')}.`,
    '',
    `- Model requests: ${formatRange(profile.requests, 'host')}, with about ${formatBytes(profile.modelPayloadUp)}`,
    `- Telemetry: ${telemetryText(telemetry)}; ${share}`,
    `- Built on: ${profile.runtimes.map(md).join(', ') || 'not known'}`,
    `- ${md(idleSentence(profile))}`,
    `- ${md(relaySentence(profile))}`,
    '',
    '## Names',
    '',
    ...nameTable(profile),
    '## When it talks',
    '',
    'Exchanges and bytes up, by the moment they were sent.',
    '',
    ...phaseTable(profile),
    ...(changes === null ? [] : changeList(changes)),
    '## How this was made',
    '',
    `Wiretally ${md(wiretally)}, catalogue ${md(profile.catalogue)}, from packets alone: no content was read.`,
  ];
  return `${lines.join('\n')}\n`;
}

function nameTable(profile: ToolProfile): string[] {
  return table(
    ['Name', 'Role', 'Owner', 'Protocol', 'Flows', 'Sent', 'Received', 'Requests', 'Telemetry'],
    profile.names.map((name) => [
      md(name.name),
      name.role,
      name.specificity,
      name.protocols.join(', '),
      formatCount(name.flows),
      formatBytes(name.bytesUp),
      formatBytes(name.bytesDown),
      formatRange(name.requests, 'host'),
      name.telemetryPayloadUp === null ? 'not known' : formatBytes(name.telemetryPayloadUp),
    ]),
  );
}

function phaseTable(profile: ToolProfile): string[] {
  return table(
    ['Name', ...PHASES.map(({ head }) => `${head.charAt(0)}${head.slice(1).toLowerCase()}`)],
    profile.names.map((name) => [
      md(name.name),
      ...PHASES.map(({ phase }) => phaseText(name.cadence[phase])),
    ]),
  );
}

function changeList(changes: ProfileChanges): string[] {
  const [, ...lines] = changeLines(changes);
  return ['## Since the baseline', '', ...lines.map((line) => `- ${md(line.trim())}`), ''];
}
