// Says in plain words what spoke for and against a tool on a host, and what its figures rest on.

import type { EvidenceItem, Range, ToolUse } from '../model/report.ts';
import type { HostAttribution, HostTool } from '../model/tool.ts';

const CONFIDENCE_WORDS = {
  certain: 'certain: a name that only this tool uses was asked for, by a program that can be this tool',
  likely: 'likely: what was seen fits this tool well, but other programs could look the same',
  possible: 'possible: nothing that was seen rules it out, and nothing names it',
} as const;

/** Lines of text; they say so when nothing speaks for the tool on that host. */
export function explainTool(attributions: readonly HostAttribution[], host: string, tool: string): string[] {
  const attribution = attributions.find((one) => one.host === host);
  if (attribution === undefined) return [`${host}: nothing about AI was seen on this host.`];
  const found = [...attribution.tools, ...attribution.providers].find(({ use }) => use.tool === tool);
  if (found === undefined) {
    const seen = [...attribution.tools, ...attribution.providers].map(
      ({ use }) => `${use.tool} (${use.confidence})`,
    );
    return [
      `${host}: nothing speaks for ${tool}.`,
      `Seen on this host: ${seen.join(', ') || 'nothing about AI'}.`,
    ];
  }
  return explainUse(host, found, attribution);
}

function explainUse(host: string, found: HostTool, attribution: HostAttribution): string[] {
  const { use } = found;
  const rivals = attribution.tools.filter(
    (one) => one.use.tool !== use.tool && one.use.confidence !== 'possible',
  );
  return [
    `${use.name} (${use.vendor}) on ${host} is ${CONFIDENCE_WORDS[use.confidence]}.`,
    `Seen from ${use.firstSeen} to ${use.lastSeen}: ${use.flows} flows, ${use.bytesUp} bytes up, ${use.bytesDown} down.`,
    '',
    'What speaks for it:',
    ...listed(use.evidence.filter((item) => item.for)),
    'What speaks against it, or for caution:',
    ...listed(use.evidence.filter((item) => !item.for)),
    ...(rivals.length === 0
      ? []
      : [`  Also on this host: ${rivals.map(({ use: other }) => other.name).join(', ')}.`]),
    '',
    'What it did:',
    ...whatItDid(use).map((line) => `  ${line}`),
    ...weakerDays(found),
    '',
    ...whatWouldSettle(use),
  ];
}

/** Days (UTC) on which a tool that is likely elsewhere was only possible: another row carries their figures. */
function weakerDays({ use, quarters }: HostTool): string[] {
  if (use.confidence === 'possible') return [];
  const days = quarters
    .filter(({ confidence }) => confidence === 'possible')
    .map(({ startSeconds }) => new Date(startSeconds * 1000).toISOString().slice(0, 10));
  const list = [...new Set(days)].join(', ');
  return list === ''
    ? []
    : [`  Only possible on ${list}: the figures of those days stand with the provider or relay.`];
}

function listed(items: readonly EvidenceItem[]): string[] {
  if (items.length === 0) return ['  nothing'];
  return items.map((item) => {
    const ids = item.communityIds.length === 0 ? '' : `; ${item.communityIds[0]}`;
    const flows = item.flows === 1 ? '1 flow' : `${item.flows} flows`;
    return `  ${item.for ? '+' : '-'} ${item.detail} (${item.rule}; ${flows}; first ${item.first}${ids})`;
  });
}

const range = ({ min, max }: Range): string => (min === max ? String(min) : `${min} to ${max}`);

function whatItDid(use: ToolUse): string[] {
  const lines = use.names.map(
    (name) => `${name.name}: ${name.role}, ${name.flows} flows, ${name.payloadUp} bytes of payload up`,
  );
  const roles = new Set(use.names.map(({ role }) => role));
  const isUse = roles.has('inference') || roles.has('mcp') || roles.has('relay');
  if (roles.has('update') && !isUse) lines.push('Only an update ran: that is no use.');
  else if (roles.has('telemetry') && !isUse) lines.push('Only telemetry was sent: that is no use.');
  if (use.requests !== null) {
    const prompts = use.prompts === null ? '' : `, in ${range(use.prompts)} prompts`;
    lines.push(`${range(use.requests)} model requests${prompts}, in ${use.activeMinutes ?? 0} minutes`);
  }
  if (use.modelPayloadUp !== null) lines.push(`about ${use.modelPayloadUp} bytes of requests to the model`);
  if (use.telemetry !== null && use.telemetry.payloadUp > 0) {
    const how = use.telemetry.method === 'name' ? 'told by name' : 'told by the shape of exchanges';
    lines.push(`about ${use.telemetry.payloadUp} bytes of telemetry, ${how}`);
  }
  if (use.calibration !== undefined) lines.push(`how good these estimates are: ${use.calibration}`);
  for (const { field, reason } of use.withheld) lines.push(`${field} is withheld: ${reason}`);
  return lines.length === 0 ? ['nothing but asking for names'] : lines;
}

function whatWouldSettle(use: ToolUse): string[] {
  if (use.confidence === 'certain') return ['A name of its own settles it.'];
  const own = use.names.filter(({ specificity }) => specificity === 'tool').map(({ name }) => name);
  if (own.length > 0) {
    return [
      `${own.join(', ')} is a name of its own, but the program behind it does not fit or is not known.`,
    ];
  }
  return ['What would settle it: a name that only this tool uses, or a look at the host itself.'];
}
