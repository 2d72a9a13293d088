// Renders the page that explains one tool to its users: description, traffic, policy, recorded data, contacts. It is
// one sheet of paper, generated from catalogue, profile and policy.

import type { Role, Specificity } from '../../model/catalogue-words.ts';
import type { Policy, Rule } from '../../model/policy.ts';
import type { Sentence } from '../../model/sentences.ts';
import { capitalize, formatBytes, formatShare } from '../../text/quantity.ts';
import { openZone, type Zone } from '../../time/zone.ts';
import { messagesFor, type ReportWords } from '../text/english-words.ts';
import { previousDay } from '../text/instant-text.ts';
import type { Language } from '../text/languages.ts';
import { ruleTitle } from '../text/verdict.ts';
import { type Html, html, NOTHING } from './markup.ts';
import { renderSheet } from './page-head.ts';

export interface EmployeeInput {
  readonly tool: {
    readonly id: string;
    readonly name: string;
    readonly vendor: string;
    readonly kind: string;
    readonly homepage: string;
    readonly endpoints: readonly {
      readonly host: string;
      readonly role: Role;
      readonly specificity: Specificity;
    }[];
    readonly exchange?: { readonly mixed?: readonly string[] | undefined } | undefined;
  };
  /** Facts of a profile from recordings; null without one. */
  readonly measured: {
    readonly modelPayloadUp: number;
    readonly telemetryPayloadUp: number;
    readonly telemetryShare: number | null;
  } | null;
  /** The tool compresses its uploads, so that the figures of its profile are lower bounds; absent: no. */
  readonly compression?: Sentence | null;
  /** The rules that govern the tool, in their order: the first matching rule applies. */
  readonly policy: { readonly policy: Policy; readonly rules: readonly Rule[] } | null;
  readonly wiretally: string;
  readonly catalogue: string;
}

export async function renderEmployeePage(input: EmployeeInput, language?: Language): Promise<string> {
  const { tool } = input;
  const messages = await messagesFor(language);
  const words = messages.employee;
  const rules = input.policy?.rules ?? [];
  const [rule = null] = rules;
  const ban = rules.find(({ action }) => action === 'deny') ?? null;
  const zone = openZone(input.policy?.policy.timezone ?? 'UTC');
  const isPseudonym = input.policy?.policy.privacy.hosts === 'pseudonym';
  const body = html`<h1>${words.title(tool.name)}</h1>
<p class="soft">${words.about}</p>
${rules.length === 0 ? renderPolicy(input, 0, zone, messages) : rules.map((_, at) => renderPolicy(input, at, zone, messages))}
<div class="two"><div><h2>${words.whatItIs}</h2><p>${words.description(tool.name, tool.vendor, tool.kind)}</p><p class="sm"><code>${tool.homepage}</code></p>
${renderDates(ban, zone, messages)}</div><div>${renderSends(input, messages)}</div></div>
<h2>${words.whatIsNoted}</h2>
<table><thead><tr><th scope="col">${words.noted}</th><th scope="col">${words.notNoted}</th></tr></thead><tbody>${words.notes(isPseudonym).map(([noted, not]) => html`<tr><td>${noted}</td><td>${not}</td></tr>`)}</tbody></table>
${renderRetention(input, messages)}
<h2>${words.ifWrong}</h2><p>${words.sayIt}</p>
<h2>${words.whomToAsk}</h2><p>${rule?.owner ? words.owner(rule.owner) : words.network}</p>`;
  const from =
    input.policy === null || rule === null ? null : words.ruleOf(input.policy.policy.name, rule.id, rule.rev);
  const footer = html`${words.made(input.wiretally, input.catalogue, from)}`;
  return renderSheet(words.title(tool.name), body, footer, messages.tag);
}

/** A rule applies only if no earlier rule does, so its box names the earlier rules. */
function renderPolicy(input: EmployeeInput, at: number, zone: Zone, messages: ReportWords): Html {
  const words = messages.employee;
  if (input.policy === null) return html`<div class="box info"><b>${words.noPolicy}</b></div>`;
  const { name } = input.tool;
  const rule = input.policy.rules[at];
  if (rule === undefined) return html`<div class="box info"><b>${words.noRule(name)}</b></div>`;
  const above = input.policy.rules.slice(0, at).map(({ id }) => id);
  const elsewhere = above.length === 0 ? '' : words.elsewhere(above);
  const groups = selectOuter(input.policy.policy, rule.scope.groups);
  const where = groups.length === 0 ? '' : words.onMachinesOf(groups);
  const rev = words.rule(rule.id, ruleTitle(rule, messages));
  if (rule.action === 'allow')
    return html`<div class="box ok"><b>${elsewhere}${words.mayUse(name, where)}</b><br>${rev}</div>`;
  if (rule.action === 'observe')
    return html`<div class="box info"><b>${elsewhere}${words.observed(name, where)}</b><br>${rev} ${words.countedOnly}</div>`;
  const since = rule.effective === null ? null : messages.date(zone.dayOf(rule.effective));
  return html`<div class="box viol"><b>${elsewhere}${words.doNotUse(name, where)}</b><br>${rev} ${words.inForce(since)}</div>`;
}

/** Removes groups that are nested in another listed group. */
const selectOuter = ({ groups }: Policy, ids: readonly string[]): string[] =>
  ids.filter((id) => !groups.some((outer) => ids.includes(outer.id) && outer.groups.includes(id)));

/** Returns the dates of the first rule that denies the tool. */
function renderDates(rule: Rule | null, zone: Zone, messages: ReportWords): Html {
  if (rule === null) return NOTHING;
  const words = messages.employee;
  const dates: [string, string][] = [];
  if (rule.announced !== null) dates.push([messages.day(zone.dayOf(rule.announced)), words.announced]);
  if (rule.effective !== null)
    dates.push([messages.day(zone.dayOf(rule.effective)), words.tookEffect(zone.name)]);
  if (rule.effective !== null && rule.graceUntil !== null && rule.graceUntil > rule.effective) {
    const last = previousDay(zone.dayOf(rule.graceUntil));
    dates.push([messages.span(zone.dayOf(rule.effective), last), words.graceDays]);
    dates.push([words.fromDay(messages.day(zone.dayOf(rule.graceUntil))), words.countsAsViolation]);
  }
  if (dates.length === 0) return NOTHING;
  return html`<h2>${words.whatPolicySays}</h2><dl>${dates.map(([day, what]) => html`<dt>${day}</dt><dd>${what}</dd>`)}</dl>`;
}

function renderSends({ measured, compression, tool }: EmployeeInput, messages: ReportWords): Html {
  const { employee: words, amount } = messages;
  const telemetry = tool.endpoints
    // Other programs send anything to shared names.
    .filter(({ role, specificity }) => role === 'telemetry' && specificity !== 'shared')
    .map((endpoint) => endpoint.host);
  const names = [...new Set(telemetry)].slice(0, 5);
  const own = names.length === 0 ? words.noTelemetryName : words.telemetryNames(names);
  const mixed = tool.exchange?.mixed ?? [];
  const where = mixed.length === 0 ? own : `${own} ${words.mixedNames(mixed)}`;
  if (measured === null)
    return html`<h2>${words.whatItSends}</h2><p>${words.notMeasured}</p><p class="sm">${where}</p>`;
  const top = Math.max(1, measured.modelPayloadUp, measured.telemetryPayloadUp);
  const drawBar = (value: number, tone: string): Html =>
    html`<svg width="100%" height="10" aria-hidden="true"><rect width="${((100 * value) / top).toFixed(1)}%" height="10" class="${tone}"/></svg>`;
  const share = measured.telemetryShare === null ? null : amount(formatShare(measured.telemetryShare));
  return html`<h2>${words.whatItSends}</h2><p class="sm">${words.measured}</p><dl><dt>${words.yourRequests}</dt><dd>${amount(formatBytes(measured.modelPayloadUp))}${drawBar(measured.modelPayloadUp, 'c-mod')}</dd><dt>${words.telemetry}</dt><dd>${amount(formatBytes(measured.telemetryPayloadUp))}${drawBar(measured.telemetryPayloadUp, 'c-tel')}</dd></dl><p class="sm">${words.telemetryIs(share)} ${where}</p>${compression == null ? NOTHING : html`<p class="sm">${capitalize(messages.sentenceText(compression))}${messages.fullStop.trimEnd()}</p>`}`;
}

function renderRetention({ policy }: EmployeeInput, { employee: words }: ReportWords): Html {
  const days = policy?.policy.privacy.retentionDays;
  const deleted = days === undefined ? '' : words.deleted(days.windows, days.findings);
  const pseudonym = policy?.policy.privacy.hosts === 'pseudonym' ? words.reidentified : '';
  return html`<p class="sm">${words.access}${deleted}${pseudonym}${words.noRankings}</p>`;
}
