// Diagnoses on a page: the sentence, the chain from the program to the provider with the link that fails, what to change, the
// course of a connection, and the evidence.

import type { CheckedName, Diagnosis, Sequence, Step } from '../../model/diagnosis.ts';
import type { Fault, Leg } from '../../model/faults.ts';
import { groupedBy } from '../../model/grouped-by.ts';
import { parseAddress } from '../../net/address.ts';
import { plural } from '../../text/quantity.ts';
import { shellWord } from '../../text/shell-word.ts';
import { longTime } from '../text/english-words.ts';
import { failuresText } from '../text/failures.ts';
import type { ReaderZone } from '../text/instant-text.ts';
import { type Html, html, icon, NOTHING, place } from './markup.ts';
import { copyable } from './phrases.ts';

/** All of them are in the data. */
const MAX_DIAGNOSES = 50;
const MAX_NAMES = 200;

/** Diagnoses of one host with the same fault at the same place: one change repairs them all. */
interface Trouble {
  readonly first: Diagnosis;
  readonly others: readonly Diagnosis[];
}

export const troublesIn = (diagnoses: readonly Diagnosis[]): Trouble[] =>
  [...groupedBy(diagnoses, ({ host, fault, leg, effect }) => `${host} ${fault} ${leg} ${effect}`).values()]
    .flatMap(([first, ...others]) => (first === undefined ? [] : [{ first, others }]))
    .slice(0, MAX_DIAGNOSES);

/** `host`: as the page names it. */
export function diagnosisSection(
  host: string,
  diagnoses: readonly Diagnosis[],
  checked: readonly CheckedName[],
  zone: ReaderZone,
): Html {
  return html`<section id="diagnosis" aria-labelledby="dgh"><h2 id="dgh">Diagnosis of <span class="mono">${host}</span></h2>
${troublesIn(diagnoses).map((trouble, i) => troublePart(trouble, i, zone, false))}${checkedPart(diagnoses, checked)}</section>`;
}

export function checkedPart(diagnoses: readonly Diagnosis[], checked: readonly CheckedName[]): Html {
  const names = [...new Set(checked.map(({ name }) => name))];
  if (names.length === 0)
    return diagnoses.length > 0
      ? NOTHING
      : html`<p class="lead">No connection to a name of the catalogue was seen.</p>`;
  const left = names.length - MAX_NAMES;
  return html`<p class="${diagnoses.length === 0 ? 'lead' : 'sm'}">No fault seen for ${names.slice(0, MAX_NAMES).join(', ')}${left > 0 ? ` and ${plural(left, 'more name')}` : ''}.</p>`;
}

const EFFECT_TAGS = {
  fails: ['viol', 'violation', 'fails'],
  degraded: ['susp', 'suspected', 'works, degraded'],
} as const;

/** `isTitled`: the sentence is the title of the page as well. */
export function troublePart(
  { first, others }: Trouble,
  index: number,
  zone: ReaderZone,
  isTitled: boolean,
): Html {
  const { host, name, tools, effect, confidence, fault, summary, firstSeen, lastSeen } = first;
  const [className, sign, text] = EFFECT_TAGS[effect];
  const names = [...new Set(others.map((other) => other.name))];
  const left = names.length - MAX_NAMES;
  return html`<article class="dg" id="d${index}" aria-labelledby="d${index}h"><p class="eyebrow"><span class="tag ${className}">${icon(sign)}${text}</span><span class="sm soft">${fault}, ${confidence}</span></p>
<h3 id="d${index}h"${isTitled ? html` class="sr"` : ''}>${summary}.</h3>
<p class="lead">Host <span class="mono">${host}</span> to <span class="mono">${name}</span>${tools.length === 0 ? '' : ` (${tools.slice(0, 4).join(', ')})`}: ${failuresText(first)}. First seen ${longTime(firstSeen, zone)}, last seen ${longTime(lastSeen, zone)}.</p>
${names.length === 0 ? NOTHING : html`<p>The same for ${names.slice(0, MAX_NAMES).join(', ')}${left > 0 ? ` and ${plural(left, 'more name')}` : ''}.</p>`}
${chain(first)}
<div class="cpb"><h4>What to change</h4><p>${first.advice}</p>${copyable('Text for a ticket', ticket(first, names, zone), null)}${filterPart(first)}</div>
${first.sequences.map((sequence, i) => course(sequence, first, `d${index}s${i}`))}
${evidencePart(first)}</article>
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

function chain({ leg, host, name, placeConfidence }: Diagnosis): Html {
  const where = (link: Leg): string => (link === 'client' ? host : link === 'provider' ? name : '');
  return html`<ol class="chain">${LINKS.map(
    ([link, word]) =>
      html`<li${link === leg ? html` class="at" aria-current="true"` : ''}><b>${link === leg ? icon('violation') : ''}${word}</b><span class="mono">${where(link)}</span>${link === leg ? html`<span>the fault is here, ${placeConfidence}</span>` : ''}</li>`,
  )}</ol>`;
}

// Text to copy.

/** Faults that one program has: others that work are no test. */
const OF_PROGRAM: ReadonlySet<Fault> = new Set([
  'interception-untrusted',
  'proxy-ignored',
  'mtu-blackhole',
  'split-hello',
  'provider-error',
  'provider-auth',
  'provider-slow',
]);

/** Lines without markup: mail programs and ticket systems keep them. */
function ticket(diagnosis: Diagnosis, names: readonly string[], zone: ReaderZone): string {
  const { host, name, servers, isProxied, leg, fault, confidence, firstSeen, summary, advice } = diagnosis;
  const [server = 'PROXY'] = servers.filter((endpoint) => parseAddress(withoutPort(endpoint)) !== null);
  const test =
    fault === 'proxy-unreachable'
      ? shellWord(`http://${server}/`)
      : `${isProxied ? `-x ${shellWord(`http://${server}`)} ` : ''}${shellWord(`https://${name}/`)}`;
  return [
    `${summary}.`,
    `Host: ${host}`,
    `Server name: ${[name, ...names].slice(0, MAX_NAMES).join(', ')}`,
    ...(servers.length === 0 ? [] : [`Connected to: ${servers.join(', ')}`]),
    `Place: ${WORDS[leg]?.toLowerCase() ?? leg}. Fault: ${fault}, ${confidence}.`,
    `Since: ${longTime(firstSeen, zone)} (${zone.name}), ${failuresText(diagnosis)}.`,
    `Change: ${advice}`,
    OF_PROGRAM.has(fault) || leg === 'client'
      ? 'Test: start the program again and repeat the capture. Other programs, such as curl, may work although this one fails.'
      : `Test: curl -sv -o /dev/null ${test}`,
  ].join('\n');
}

const withoutPort = (server: string): string => server.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');

/** Nothing for a pseudonym, which no packet contains. */
function filterPart({ host, servers }: Diagnosis): Html {
  const addresses = [...new Set(servers.map(withoutPort))].filter(
    (address) => parseAddress(address) !== null,
  );
  if (parseAddress(host) === null || addresses.length === 0) return NOTHING;
  const far = addresses.map((address) => `host ${address}`).join(' or ');
  return copyable('Capture filter of these packets', `host ${host} and (${far})`, null);
}

// The course of a connection, as a diagram between its two ends and the place of the fault.

const WIDTH = 420;
const LEFT = 74;
const RIGHT = 396;
const MIDDLE = 270;
const HEAD = 26;
const ROW = 34;
/** A text of this length fits between the two ends. */
const MAX_TEXT = 50;

/** Places between the two ends. */
const BETWEEN: ReadonlySet<Leg> = new Set(['local-firewall', 'proxy', 'path']);
const COURSE_WORDS = { connection: 'connection', question: 'DNS query', request: 'request' } as const;

function course({ of, count, steps }: Sequence, { leg }: Diagnosis, id: string): Html {
  if (steps.length === 0) return NOTHING;
  const far = steps.map(({ from, to }) => (from === 'client' ? to : from)).find((end) => end !== leg) ?? leg;
  const hasMiddle = leg !== far && BETWEEN.has(leg);
  const x = (end: Leg): number => (end === 'client' ? LEFT : end === leg && hasMiddle ? MIDDLE : RIGHT);
  const height = HEAD + steps.length * ROW + 12;
  const lane = (end: Leg): Html =>
    html`<line x1="${x(end)}" x2="${x(end)}" y1="${HEAD - 6}" y2="${height}" class="axis"/><text x="${x(end)}" y="12" text-anchor="${end === 'client' ? 'middle' : 'end'}" class="v">${WORDS[end] ?? end}</text>`;
  const told = steps
    .map((step) => `${timeText(step)} ${step.text}${step.isLost ? ' (lost)' : ''}`)
    .join('; ');
  return html`<figure class="seq"><figcaption>${plural(count, COURSE_WORDS[of])} like this, drawn from recorded outcomes${count > 1 ? '; times are the shortest of them' : ''}. Packets are not kept. × marks a packet without a sign that it arrived.</figcaption><svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="${id} ${id}d"><title id="${id}">Course of a connection</title><desc id="${id}d">${told}</desc>${lane('client')}${hasMiddle ? lane(leg) : NOTHING}${lane(far)}${steps.map((step, i) => arrow(step, HEAD + i * ROW + 22, x, hasMiddle ? MIDDLE : null))}</svg></figure>`;
}

const timeText = ({ afterMs }: Step): string =>
  afterMs === null ? '' : afterMs >= 10_000 ? `${Math.round(afterMs / 1000)} s` : `${afterMs} ms`;

function arrow(step: Step, y: number, x: (end: Leg) => number, middle: number | null): Html {
  const [from, to] = [x(step.from), x(step.to)];
  const end = step.isLost ? (middle ?? from + (to - from) * 0.7) : to;
  const back = end > from ? -6 : 6;
  const head = step.isLost
    ? html`<path d="M${end - 5} ${y - 5}l10 10m0 -10l-10 10" class="lost"/>`
    : html`<path d="M${end + back} ${y - 4}L${end} ${y}l${back} 4z" class="tip"/>`;
  const text = step.text.length > MAX_TEXT ? `${step.text.slice(0, MAX_TEXT - 1)}…` : step.text;
  return html`<text x="${LEFT - 14}" y="${y + 4}" text-anchor="end">${timeText(step)}</text><line x1="${place(from)}" x2="${place(end)}" y1="${y}" y2="${y}" class="${step.isLost ? 'lost' : 'step'}"/>${head}<text x="${LEFT + 10}" y="${y - 6}" class="d">${text}</text>`;
}

// Evidence.

function evidencePart({ evidence, against, alike }: Diagnosis): Html {
  const list = (title: string, items: readonly string[], none: string): Html =>
    html`<div><h4>${title}</h4>${items.length === 0 ? html`<p class="soft">${none}</p>` : html`<ul>${items.map((item) => html`<li>${item}</li>`)}</ul>`}</div>`;
  const looks = alike.length === 0 ? NOTHING : html`<p class="sm">Looks the same: ${alike.join(', ')}.</p>`;
  return html`<div class="two">${list('Evidence for it', evidence, 'None.')}${list('Evidence against it', against, 'None seen.')}</div>${looks}`;
}
