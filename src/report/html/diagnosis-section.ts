// Renders diagnoses on a page: the sentence, the chain from the program to the provider with the failing link, the course
// of a connection, the evidence, the fix with texts to copy, and all outcomes.

import type { Diagnosis, DiagnosisResult, Sequence, Step, TriedOutcome } from '../../model/diagnosis.ts';
import type { Fault, Leg } from '../../model/faults.ts';
import { groupBy } from '../../model/grouped-by.ts';
import { LOCAL_NAMES } from '../../model/window-words.ts';
import { endpointAddress, isResolver, parseAddress } from '../../net/address.ts';
import { formatCount, joinWords, plural } from '../../text/quantity.ts';
import { shellWord } from '../../text/shell-word.ts';
import { COURSE_NOUNS, failuresText, HALF_SEEN } from '../text/failures.ts';
import { type ReaderZone, secondTime } from '../text/instant-text.ts';
import { type Html, html, icon, NOTHING, roundCoordinate } from './markup.ts';
import { copyable } from './phrases.ts';

/** Maximum diagnoses; the data contain all of them. */
const MAX_DIAGNOSES = 50;
const MAX_NAMES = 200;
const MAX_TOOLS = 4;

/** Diagnoses of one host with the same fault at the same place, which have one fix. */
interface Trouble {
  readonly first: Diagnosis;
  readonly others: readonly Diagnosis[];
}

export const groupTroubles = (diagnoses: readonly Diagnosis[]): Trouble[] =>
  [...groupBy(diagnoses, ({ host, fault, leg, effect }) => `${host} ${fault} ${leg} ${effect}`).values()]
    .flatMap(([first, ...others]) => (first === undefined ? [] : [{ first, others }]))
    .slice(0, MAX_DIAGNOSES);

/** `host`: its name on the page. */
export function diagnosisSection(host: string, result: DiagnosisResult, zone: ReaderZone): Html {
  return html`<section id="diagnosis" aria-labelledby="dgh"><h2 id="dgh">Diagnosis of <span class="mono">${host}</span></h2>
${groupTroubles(result.diagnoses).map((trouble, i) => renderTrouble(trouble, i, zone, false))}${checkedPart(result)}</section>`;
}

export function checkedPart({ diagnoses, checked, halfSeen }: DiagnosisResult): Html {
  if (diagnoses.length + checked.length + halfSeen.length === 0)
    return html`<p class="lead">No connection to a name of the catalogue was seen.</p>`;
  const kind = diagnoses.length === 0 ? 'lead' : 'sm';
  const sides = (['client', 'server'] as const).flatMap((side) => {
    const rows = halfSeen.filter(({ from }) => from === side);
    return rows.length === 0 ? [] : [`Only packets of the ${side} were captured for ${listNames(rows)}.`];
  });
  return html`${checked.length === 0 ? NOTHING : html`<p class="${kind}">No fault seen for ${listNames(checked)}.</p>`}${halfSeen.length === 0 ? NOTHING : html`<p class="${kind}">${sides.join(' ')} ${HALF_SEEN}</p>`}`;
}

function listNames(rows: readonly { readonly name: string }[]): string {
  const names = [...new Set(rows.map(({ name }) => name))];
  const left = names.length - MAX_NAMES;
  return `${names.slice(0, MAX_NAMES).join(', ')}${left > 0 ? ` and ${plural(left, 'more name')}` : ''}`;
}

const EFFECT_TAGS = {
  fails: ['viol', 'violation', 'fails'],
  degraded: ['susp', 'suspected', 'works, degraded'],
} as const;

/** `isTitled`: the sentence is also the title of the page. */
export function renderTrouble(trouble: Trouble, index: number, zone: ReaderZone, isTitled: boolean): Html {
  const { first, others } = trouble;
  const { host, name, tools, effect, confidence, fault, summary } = first;
  const all = [first, ...others];
  const [className, sign, text] = EFFECT_TAGS[effect];
  const shown = others.slice(0, MAX_NAMES).map((other) => `${other.name} (${failuresText(other)})`);
  const left = others.length - MAX_NAMES;
  return html`<article class="dg" id="d${index}" aria-labelledby="d${index}h"><p class="eyebrow"><span class="tag ${className}">${icon(sign)}${text}</span><span class="sm soft">${fault}, ${confidence}</span></p>
<h3 id="d${index}h"${isTitled ? html` class="sr"` : ''}>${summary}.</h3>
<p class="lead"><span class="mono">${name}</span>: ${failuresText(first)}. First seen <time>${secondTime(findFirst(all), zone)}</time>, last seen <time>${secondTime(findLast(all), zone)}</time>.</p>
${others.length === 0 ? NOTHING : html`<p>The same for ${left > 0 ? `${shown.join('; ')}; and ${plural(left, 'more name')}` : shown.join('; ')}.</p>`}
${renderChain(first)}
${first.sequences.map((sequence, i) => renderCourse(sequence, first, `d${index}s${i}`))}
${renderEvidence(first, joinSentences(all, ({ alternatives }) => alternatives).slice(0, first.alternatives.length))}
<dl class="act"><dt>What to change</dt><dd>${joinSentences(all, ({ advice }) => [advice]).map((text) => html`<p>${text}</p>`)}</dd><dt>Where</dt><dd>${WORDS[first.leg] ?? first.leg}${placeAddress(first) === '' ? '' : html` <span class="mono">${placeAddress(first)}</span>`}: the fault ${PLACED[first.placeConfidence]} here</dd><dt>Client</dt><dd><span class="mono">${host}</span></dd>${tools.length === 0 ? NOTHING : html`<dt>Tools that use the name</dt><dd>${joinWords(tools.slice(0, MAX_TOOLS))}</dd>`}</dl>
<div class="cpb"><h4>Text to copy</h4>${copyable('For a ticket', formatTicket(all, zone), null)}${renderNames(all)}${filterPart(all)}</div>
${renderOutcomes(first, zone)}</article>
`;
}

// The chain from the program to the provider.

const LINKS: readonly (readonly [leg: Leg, word: string])[] = [
  ['client', 'Client'],
  ['resolver', 'Resolver'],
  ['proxy', 'Proxy'],
  ['local-firewall', 'Firewall'],
  ['path', 'Path'],
  ['provider', 'Provider'],
];
const WORDS: Readonly<Partial<Record<Leg, string>>> = Object.fromEntries(LINKS);

const PLACED = { certain: 'is', likely: 'is probably', possible: 'may be' } as const;

const MAX_PLACES = 2;

/** Returns the device of a link, if packets identify it. */
function linkAddress(link: Leg, { fault, leg, host, name, servers, devices, isProxied }: Diagnosis): string {
  const isOfProxy = fault === 'proxy-unreachable';
  const proxies = isProxied || isOfProxy ? servers.filter((server) => !isResolver(server)) : [];
  const addresses: Readonly<Partial<Record<Leg, readonly string[]>>> = {
    client: [host],
    resolver: servers.filter(isResolver).map(endpointAddress),
    proxy: isOfProxy && !proxies.includes(name) ? [name, ...proxies] : proxies,
    // ICMP messages contain their sender; a proxy that was bypassed has a port.
    [leg === 'path' ? 'path' : 'local-firewall']: devices.filter((device) => parseAddress(device) !== null),
    provider: isOfProxy ? [] : [name],
  };
  return addresses[link]?.slice(0, MAX_PLACES).join(', ') ?? '';
}

function linkPlace(link: Leg, diagnosis: Diagnosis): Html {
  const address = linkAddress(link, diagnosis);
  // A narrow box breaks an address at its dots alone.
  if (address !== '')
    return html`<span class="mono">${address.split(/(?<=[.:])/).map((part, i) => html`${i === 0 ? '' : html`<wbr>`}${part}`)}</span>`;
  return html`<span class="soft">${describePlace(link, diagnosis)}</span>`;
}

function describePlace(link: Leg, { outcomes, leg }: Diagnosis): string {
  if (link === 'proxy' && leg !== link) return 'none seen';
  const hasQueries = outcomes.some(({ text }) => text.startsWith('DNS query'));
  return link === 'resolver' && hasQueries ? 'seen, not at fault' : 'no address in these packets';
}

const placeAddress = (diagnosis: Diagnosis): string => linkAddress(diagnosis.leg, diagnosis);

function renderChain(diagnosis: Diagnosis): Html {
  const { leg, placeConfidence } = diagnosis;
  return html`<ol class="chain">${LINKS.map(
    ([link, word]) =>
      html`<li${link === leg ? html` class="at" aria-current="true"` : ''}><b>${link === leg ? icon('violation') : ''}${word}</b>${linkPlace(link, diagnosis)}${link === leg ? html`<span>the fault ${PLACED[placeConfidence]} here</span>` : ''}</li>`,
  )}</ol>`;
}

// Text to copy.

/** Faults of one program. Other programs work, so they are no test. */
const OF_PROGRAM: ReadonlySet<Fault> = new Set([
  'interception-untrusted',
  'proxy-ignored',
  'mtu-blackhole',
  'split-hello',
  'provider-error',
  'provider-auth',
  'provider-slow',
]);

const listAll = (
  diagnoses: readonly Diagnosis[],
  list: (diagnosis: Diagnosis) => readonly string[],
): string[] => [...new Set(diagnoses.flatMap(list))].slice(0, MAX_NAMES);

/** RFC 3339 texts in UTC sort by time. */
const findFirst = (all: readonly Diagnosis[]): string =>
  all.map(({ firstSeen }) => firstSeen).sort()[0] ?? '';
const findLast = (all: readonly Diagnosis[]): string =>
  all
    .map(({ lastSeen }) => lastSeen)
    .sort()
    .at(-1) ?? '';

/** Matches the name as a word of a sentence, but not as a part of a command or of another name. */
const matchWord = (name: string): RegExp =>
  new RegExp(`(?<![^ ])${name.replace(/[^\w]/g, '\\$&')}(?=[.,;:]?(?: |$))`, 'gm');

/** Joins sentences that differ only in the name into one with all names. Those of the first diagnosis come first. */
function joinSentences(
  diagnoses: readonly Diagnosis[],
  textsOf: (diagnosis: Diagnosis) => readonly string[],
): string[] {
  const texts = diagnoses.slice(0, MAX_NAMES).flatMap((diagnosis) =>
    textsOf(diagnosis).map((text) => ({
      name: diagnosis.name,
      form: text.replace(matchWord(diagnosis.name), '\0'),
    })),
  );
  return [...groupBy(texts, ({ form }) => form)].map(([form, same]) =>
    form.replaceAll('\0', () => [...new Set(same.map(({ name }) => name))].join(', ')),
  );
}

/** Joins sentences that are true for all names. A verb in the singular, as in "A, B answers", prevents it. */
function listSummaries(all: readonly Diagnosis[]): string[] {
  const formed = all.map(({ name, summary }) => ({ name, summary, form: summary.replaceAll(name, '\0') }));
  return [...groupBy(formed, ({ form }) => form).values()].slice(0, MAX_NAMES).flatMap(([first, ...same]) => {
    if (first === undefined) return [];
    const names = same.map(({ name }) => name).slice(0, MAX_NAMES);
    return `${first.summary}.${names.length === 0 ? '' : ` The same for: ${names.join(', ')}.`}`;
  });
}

/** Returns lines without markup, which mail programs and ticket systems keep. */
function formatTicket(all: readonly Diagnosis[], zone: ReaderZone): string {
  const [first] = all;
  if (first === undefined) return '';
  const { host, leg, fault, confidence } = first;
  const servers = listAll(all, (diagnosis) => diagnosis.servers);
  const ends = (title: string, list: readonly string[]): string[] =>
    list.length === 0 ? [] : [`${title}: ${list.join(', ')}`];
  return [
    ...listSummaries(all),
    `Host: ${host}`,
    `Server names: ${listAll(all, ({ name }) => [name]).join(', ')}`,
    ...ends('Resolver', servers.filter(isResolver)),
    ...ends(
      'Server addresses',
      servers.filter((server) => !isResolver(server)),
    ),
    `Place: ${WORDS[leg]?.toLowerCase() ?? leg}. Fault: ${fault}, ${confidence}.`,
    // Short lines do not break within a date.
    `From: ${secondTime(findFirst(all), zone)} (${zone.name})`,
    `To: ${secondTime(findLast(all), zone)} (${zone.name})`,
    ...all.slice(0, MAX_NAMES).map((diagnosis) => `Count: ${failuresText(diagnosis, true)}.`),
    ...joinSentences(all, ({ advice }) => [advice]).map((advice) => `Change: ${advice}`),
    `Test: ${testText(first)}`,
  ].join('\n');
}

/** Returns a command that tests the change. */
function testText({ name, servers, isProxied, leg, fault }: Diagnosis): string {
  const [server = 'PROXY'] = servers.filter((endpoint) => parseAddress(endpointAddress(endpoint)) !== null);
  if (OF_PROGRAM.has(fault) || leg === 'client')
    return 'start the program again and repeat the capture. Other programs, such as curl, may work although this one fails.';
  const resolver = servers.find(isResolver);
  if (resolver !== undefined) return `dig @${endpointAddress(resolver)} ${shellWord(name)}`;
  const login = fault === 'proxy-auth' ? '--proxy-user USER ' : '';
  const proxy = isProxied ? `-x ${shellWord(`http://${server}`)} ${login}` : '';
  const family = server.startsWith('[') && !isProxied ? '-6 ' : '';
  return `curl ${family}--connect-timeout 10 -sv -o /dev/null ${fault === 'proxy-unreachable' ? shellWord(`http://${server}/`) : `${proxy}${shellWord(`https://${name}/`)}`}`;
}

const chooseIcmp = (address: string): string => (address.includes(':') ? 'icmp6' : 'icmp');

/** Builds a filter. It includes the addresses of firewalls and routers, which send ICMP messages themselves. */
function buildDisplayFilter(
  fault: Fault,
  host: string,
  servers: readonly string[],
  devices: readonly string[],
): string {
  const parts = [...servers, ...devices].flatMap((end) => {
    const address = parseAddress(end) === null ? endpointAddress(end) : end;
    if (parseAddress(address) === null) return [];
    const isIp6 = address.includes(':');
    if (address === end) return { isIp6, text: `(${chooseIcmp(end)} and host ${end})` };
    return { isIp6, text: isResolver(end) ? `(host ${address} and port 53)` : `host ${address}` };
  });
  if (parts.length === 0) return '';
  const renderList = (isIp6: boolean): string[] => [
    ...new Set(parts.filter((part) => part.isIp6 === isIp6).map(({ text }) => text)),
  ];
  const isOnIp6 = host.includes(':');
  const own = renderList(isOnIp6);
  const far = [...own, ...(own.length > 0 && fault === 'mtu-blackhole' ? [chooseIcmp(host)] : [])];
  const ofHost =
    far.length === 0 ? [] : [`host ${host} and ${far.length === 1 ? far[0] : `(${far.join(' or ')})`}`];
  // A host with IPv4 and IPv6 is known by one of its addresses.
  const others = renderList(!isOnIp6);
  if (others.length === 0) return ofHost.join('');
  return [...ofHost.map((text) => `(${text})`), ...others].join(' or ');
}

/** Lists one name per line for allow lists. NO_PROXY requires commas. */
function renderNames(all: readonly Diagnosis[]): Html {
  const names = listAll(all, ({ name }) => [name]);
  if (all.some(({ advice }) => advice.includes('NO_PROXY'))) {
    const local = all.some(({ leg }) => leg === 'client') ? LOCAL_NAMES : [];
    return copyable(
      'To add to NO_PROXY and no_proxy of the client',
      [...new Set([...names, ...local])].join(','),
      null,
    );
  }
  return names.length < 2 ? NOTHING : copyable('Server names, one per line', names.join('\n'), null);
}

/** Returns nothing for a pseudonym, which no packet contains. */
function filterPart(all: readonly Diagnosis[]): Html {
  const [first] = all;
  if (first === undefined || parseAddress(first.host) === null) return NOTHING;
  const [servers, devices] = [listAll(all, ({ servers }) => servers), listAll(all, ({ devices }) => devices)];
  const filter = buildDisplayFilter(first.fault, first.host, servers, devices);
  return filter === '' ? NOTHING : copyable('Capture filter of these packets', filter, null);
}

// Draws the course of a connection between its two ends and the place of the fault.

const WIDTH = 420;
const LEFT = 74;
const RIGHT = 396;
const MIDDLE = 270;
const HEAD = 26;
const ROW = 34;
/** Maximum characters of a text between the two ends. */
const MAX_TEXT = 50;

/** Places between the two ends. */
const BETWEEN: ReadonlySet<Leg> = new Set(['local-firewall', 'proxy', 'path']);

function renderCourse({ of: noun, count, steps }: Sequence, { leg }: Diagnosis, id: string): Html {
  if (steps.length === 0) return NOTHING;
  const far = steps.map(({ from, to }) => (from === 'client' ? to : from)).find((end) => end !== leg) ?? leg;
  const hasMiddle = leg !== far && BETWEEN.has(leg);
  const x = (end: Leg): number => (end === 'client' ? LEFT : end === leg && hasMiddle ? MIDDLE : RIGHT);
  const height = HEAD + steps.length * ROW + 12;
  const drawLane = (end: Leg): Html =>
    html`<line x1="${x(end)}" x2="${x(end)}" y1="${HEAD - 6}" y2="${height}" class="axis"/><text x="${x(end)}" y="12" text-anchor="${end === 'client' ? 'middle' : 'end'}" class="v">${WORDS[end] ?? end}</text>`;
  const description = steps
    .map((step) => `${formatTime(step)} ${step.text}${step.isLost ? ' (lost)' : ''}`)
    .join('; ');
  return html`<figure class="seq"><figcaption>${plural(count, COURSE_NOUNS[noun][0], COURSE_NOUNS[noun][1])} with this sequence, reconstructed from recorded outcomes${count > 1 ? '; times are the shortest of them' : ''}. Packets are not kept.${steps.some(({ afterMs }) => afterMs === null) ? ' A step without a time was not measured.' : ''}${steps.some(({ isLost }) => isLost) ? ' × marks a packet that was neither acknowledged nor answered.' : ''}</figcaption><svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="${id} ${id}d"><title id="${id}">Course of a connection</title><desc id="${id}d">${description}</desc>${drawLane('client')}${hasMiddle ? drawLane(leg) : NOTHING}${drawLane(far)}${steps.map((step, i) => drawArrow(step, HEAD + i * ROW + 22, x, hasMiddle ? MIDDLE : null))}</svg></figure>`;
}

function formatTime({ afterMs }: Step): string {
  if (afterMs === null) return '';
  return afterMs >= 1000 ? `${(afterMs / 1000).toFixed(1)} s` : `${afterMs} ms`;
}

function drawArrow(step: Step, y: number, x: (end: Leg) => number, middle: number | null): Html {
  const [from, to] = [x(step.from), x(step.to)];
  const end = step.isLost ? (middle ?? from + (to - from) * 0.7) : to;
  const back = end > from ? -6 : 6;
  const head = step.isLost
    ? html`<path d="M${end - 5} ${y - 5}l10 10m0 -10l-10 10" class="lost"/>`
    : html`<path d="M${end + back} ${y - 4}L${end} ${y}l${back} 4z" class="tip"/>`;
  const text = step.text.length > MAX_TEXT ? `${step.text.slice(0, MAX_TEXT - 1)}…` : step.text;
  return html`<text x="${LEFT - 14}" y="${y + 4}" text-anchor="end">${formatTime(step)}</text><line x1="${roundCoordinate(from)}" x2="${roundCoordinate(end)}" y1="${y}" y2="${y}" class="${step.isLost ? 'lost' : 'step'}"/>${head}<text x="${LEFT + 10}" y="${y - 6}" class="d">${text}</text>`;
}

// Outcomes and evidence.

function renderOutcomes({ name, outcomes }: Diagnosis, zone: ReaderZone): Html {
  if (outcomes.length === 0) return NOTHING;
  const renderRow = ({ text, count, firstSeen, lastSeen }: TriedOutcome): Html =>
    html`<tr><th scope="row">${text}</th><td class="n" data-l="Count">${formatCount(count)}</td><td data-l="First">${secondTime(firstSeen, zone)}</td><td data-l="Last">${secondTime(lastSeen, zone)}</td></tr>`;
  return html`<div class="scroll" tabindex="0" role="group" aria-label="Outcomes"><table class="ev"><caption>All outcomes at <span class="mono">${name}</span>: connections, DNS queries and ICMP messages</caption><thead><tr><th scope="col">Outcome</th><th scope="col" class="n">Count</th><th scope="col">First</th><th scope="col">Last</th></tr></thead><tbody>${outcomes.map(renderRow)}</tbody></table></div>`;
}

function renderEvidence({ evidence, against }: Diagnosis, alternatives: readonly string[]): Html {
  const list = (title: string, items: readonly string[], none: string): Html =>
    html`<div><h4>${title}</h4>${items.length === 0 ? html`<p class="soft">${none}</p>` : html`<ul>${items.map((item) => html`<li>${item}</li>`)}</ul>`}</div>`;
  const looks = alternatives.length === 0 ? NOTHING : list('Could also be', alternatives, '');
  return html`<div class="two">${list('Evidence for it', evidence, 'None.')}${list('Evidence against it', against, 'None seen.')}</div>${looks}`;
}
