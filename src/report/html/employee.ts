// The page that explains one tool to the people who use it: what it is, what it sends, what the policy says, what is
// noted about them, whom to ask. One sheet of paper, made from catalogue, profile and policy.

import type { Policy, Rule } from '../../model/policy.ts';
import type { Role } from '../../model/tool.ts';
import { openZone, type Zone } from '../../time/zone.ts';
import { formatDate, formatDay, formatDaySpan, previousDay } from '../text/instant.ts';
import { formatBytes, formatShare, plural } from '../text/quantity.ts';
import { type Html, html, NOTHING } from './markup.ts';
import { sheet } from './sheet.ts';

export interface EmployeeInput {
  readonly tool: {
    readonly id: string;
    readonly name: string;
    readonly vendor: string;
    readonly kind: string;
    readonly homepage: string;
    readonly endpoints: readonly { readonly host: string; readonly role: Role }[];
  };
  /** From a profile of recordings; null when none was given. */
  readonly measured: {
    readonly modelPayloadUp: number;
    readonly telemetryPayloadUp: number;
    readonly telemetryShare: number | null;
  } | null;
  /** With the rules that speak of the tool, the one that counts first. */
  readonly policy: { readonly policy: Policy; readonly rules: readonly Rule[] } | null;
  readonly wiretally: string;
  readonly catalogue: string;
}

const KINDS: Readonly<Record<string, string>> = {
  cli: 'a program that runs in a terminal and asks a language model over the network',
  ide: 'an editor that asks a language model over the network',
  'ide-extension': 'an extension of an editor that asks a language model over the network',
  agent: 'a program that works on tasks by itself and asks a language model over the network',
  chat: 'a chat with a language model, in a browser or an application',
  api: 'a service that programs ask for answers of a language model',
  gateway: 'a server in between that passes requests on to language models',
  'local-runtime': 'a program that runs language models on the machine itself',
  'model-hub': 'a place from which language models are downloaded',
};

export function renderEmployeePage(input: EmployeeInput): Promise<string> {
  const { tool } = input;
  const [rule = null] = input.policy?.rules ?? [];
  const zone = openZone(input.policy?.policy.timezone ?? 'UTC');
  const body = html`<h1>${tool.name}: what to know</h1>
<p class="soft">What it is, what it sends, what our policy says, what is noted, and whom to ask.</p>
${policyBox(input, rule, zone)}
<div class="two"><div><h2>What the tool is</h2><p>${tool.name} by ${tool.vendor} is ${KINDS[tool.kind] ?? 'a program that asks a language model over the network'}. With each request it sends your prompt and the parts of files that it needs.</p><p class="sm"><code>${tool.homepage}</code></p>
${policyDates(rule, zone)}</div><div>${sends(input)}</div></div>
<h2>What the network sensor notes, and what it does not</h2>
<table><thead><tr><th scope="col">Noted</th><th scope="col">Not noted</th></tr></thead><tbody><tr><td>That a machine talked to a tool’s server, when, and how many bytes</td><td>What you typed, your code, answers, files, addresses of pages</td></tr><tr><td>The form of the connection’s first message</td><td>Anything inside the encryption: it is never opened</td></tr><tr><td>${input.policy?.policy.privacy.hosts === 'pseudonym' ? 'A pseudonym in place of the machine’s address and name' : 'The machine’s address and name'}</td><td>Who sat at the machine; networks that do not pass the sensor</td></tr></tbody></table>
${retention(input)}
<h2>If a finding seems wrong</h2><p>Say so. A finding is evidence about a machine and can be wrong. You can see the evidence: names, times, how sure it is, and what speaks against it. An update or telemetry alone is not use.</p>
<h2>Whom to ask</h2><p>${rule?.owner ? html`Policy and exceptions: ${rule.owner}. Say what for, on which machine, until when. Exceptions always have an end date.` : 'The people who run this network.'}</p>`;
  const from =
    input.policy === null || rule === null
      ? ''
      : ` and policy “${input.policy.policy.name}”, rule ${rule.id} revision ${rule.rev}`;
  return sheet(
    `${tool.name}: what to know`,
    body,
    html`Made by Wiretally ${input.wiretally} from catalogue ${input.catalogue}${from}.`,
  );
}

function policyBox(input: EmployeeInput, rule: Rule | null, zone: Zone): Html {
  if (input.policy === null) return html`<div class="box info"><b>No policy is named on this page.</b></div>`;
  const { name } = input.tool;
  if (rule === null) return html`<div class="box info"><b>Our policy has no rule about ${name}.</b></div>`;
  const where = scopeWords(rule);
  const rev = `Rule ${rule.id}: ${rule.title}.`;
  if (rule.action === 'allow')
    return html`<div class="box ok"><b>You may use ${name}${where}.</b><br>${rev}</div>`;
  if (rule.action === 'observe') {
    return html`<div class="box info"><b>${name} is neither banned nor approved${where}.</b><br>${rev} Use is counted, no more.</div>`;
  }
  const since = rule.effective === null ? '' : ` since ${formatDate(zone.dayOf(rule.effective))}`;
  return html`<div class="box viol"><b>Please do not use ${name}${where}.</b><br>${rev} It is in force${since}. For research or other reasons, ask for an exception.</div>`;
}

function scopeWords(rule: Rule): string {
  return rule.scope.groups.length === 0 ? '' : ` on machines of ${rule.scope.groups.join(', ')}`;
}

function policyDates(rule: Rule | null, zone: Zone): Html {
  if (rule === null || rule.action !== 'deny') return NOTHING;
  const dates: [string, string][] = [];
  if (rule.announced !== null) dates.push([formatDay(zone.dayOf(rule.announced)), 'The rule was announced.']);
  if (rule.effective !== null)
    dates.push([formatDay(zone.dayOf(rule.effective)), `The rule took effect (${zone.name}).`]);
  if (rule.effective !== null && rule.graceUntil !== null && rule.graceUntil > rule.effective) {
    const last = previousDay(zone.dayOf(rule.graceUntil));
    dates.push([
      formatDaySpan(zone.dayOf(rule.effective), last),
      'Days of grace: use is noted, nothing more.',
    ]);
    dates.push([
      `From ${formatDay(zone.dayOf(rule.graceUntil))}`,
      'Use counts as a violation of the policy.',
    ]);
  }
  if (dates.length === 0) return NOTHING;
  return html`<h2>What the policy says</h2><dl>${dates.map(([day, what]) => html`<dt>${day}</dt><dd>${what}</dd>`)}</dl>`;
}

function sends(input: EmployeeInput): Html {
  const { measured, tool } = input;
  const telemetry = tool.endpoints
    .filter((endpoint) => endpoint.role === 'telemetry')
    .map((endpoint) => endpoint.host);
  const names = [...new Set(telemetry)].slice(0, 5);
  const where =
    names.length === 0
      ? 'No name that is for telemetry alone is known.'
      : `Telemetry has names of its own: ${names.join(', ')}.`;
  if (measured === null) {
    return html`<h2>What it sends</h2><p>Your requests, and often telemetry: data about use and errors. How much was not measured for this page.</p><p class="sm">${where}</p>`;
  }
  const top = Math.max(1, measured.modelPayloadUp, measured.telemetryPayloadUp);
  const bar = (value: number, tone: string): Html =>
    html`<svg width="100%" height="10" aria-hidden="true"><rect width="${((100 * value) / top).toFixed(1)}%" height="10" class="${tone}"/></svg>`;
  const share =
    measured.telemetryShare === null
      ? ''
      : ` Telemetry was ${formatShare(measured.telemetryShare)} of what was sent.`;
  return html`<h2>What it sends</h2><p class="sm">Measured in recordings:</p><dl><dt>Your requests</dt><dd>${formatBytes(measured.modelPayloadUp)}${bar(measured.modelPayloadUp, 'c-mod')}</dd><dt>Telemetry</dt><dd>${formatBytes(measured.telemetryPayloadUp)}${bar(measured.telemetryPayloadUp, 'c-tel')}</dd></dl><p class="sm">Telemetry is data about use and errors.${share} ${where}</p>`;
}

function retention(input: EmployeeInput): Html {
  const days = input.policy?.policy.privacy.retentionDays;
  const words = [
    days?.windows ? `records of traffic after ${plural(days.windows, 'day')}` : '',
    days?.findings ? `findings after ${plural(days.findings, 'day')}` : '',
  ].filter((text) => text !== '');
  const sentence = words.length === 0 ? '' : `Wiretally deletes ${words.join(', and ')}. `;
  const pseudonym =
    input.policy?.policy.privacy.hosts === 'pseudonym'
      ? 'Turning a pseudonym back into a machine is a separate step, and each one is logged. '
      : '';
  return html`<p class="sm">${sentence}${pseudonym}There are no rankings of people.</p>`;
}
