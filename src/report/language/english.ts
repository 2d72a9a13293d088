// The messages in English.

import type { ReportDocument } from '../../model/report.ts';
import type { BreakdownBy } from '../../model/words.ts';
import {
  damageSentences,
  lossSentence,
  notVisibleSentence,
  unrecordedSentence,
} from '../text/blind-spots.ts';
import { ENGLISH_WORDS } from '../text/english-words.ts';
import type { ReaderZone } from '../text/instant.ts';
import { plural } from '../text/quantity.ts';
import type { Verdict, VerdictText } from '../text/verdict.ts';
import { ENGLISH_PAGE } from './english-page.ts';

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

const MAX_DAMAGE = 3;

export const ENGLISH = {
  ...ENGLISH_WORDS,
  verdict: (verdict: Verdict, _: ReportDocument, __: ReaderZone): VerdictText => verdict,
  employee: {
    title: (tool: string) => `${tool}: what to know`,
    about: 'What it is, what it sends, what our policy says, what is noted, and whom to ask.',
    whatItIs: 'What the tool is',
    description: (tool: string, vendor: string, kind: string) =>
      `${tool} by ${vendor} is ${KINDS[kind] ?? 'a program that asks a language model over the network'}. With each request it sends your prompt and the parts of files that it needs.`,
    noPolicy: 'No policy is named on this page.',
    noRule: (tool: string) => `Our policy has no rule about ${tool}.`,
    onMachinesOf: (groups: readonly string[]) => ` on machines of ${groups.join(', ')}`,
    rule: (id: string, title: string) => `Rule ${id}: ${title}.`,
    mayUse: (tool: string, where: string) => `You may use ${tool}${where}.`,
    observed: (tool: string, where: string) => `${tool} is neither banned nor approved${where}.`,
    countedOnly: 'Use is counted, no more.',
    doNotUse: (tool: string, where: string) => `Please do not use ${tool}${where}.`,
    inForce: (since: string | null) =>
      `It is in force${since === null ? '' : ` since ${since}`}. For research or other reasons, ask for an exception.`,
    whatPolicySays: 'What the policy says',
    announced: 'The rule was announced.',
    tookEffect: (zone: string) => `The rule took effect (${zone}).`,
    graceDays: 'Days of grace: use is noted, nothing more.',
    fromDay: (day: string) => `From ${day}`,
    countsAsViolation: 'Use counts as a violation of the policy.',
    whatItSends: 'What it sends',
    notMeasured:
      'Your requests, and often telemetry: data about use and errors. How much was not measured for this page.',
    noTelemetryName: 'No name that is for telemetry alone is known.',
    telemetryNames: (names: readonly string[]) => `Telemetry has names of its own: ${names.join(', ')}.`,
    measured: 'Measured in recordings:',
    yourRequests: 'Your requests',
    telemetry: 'Telemetry',
    telemetryIs: (share: string | null) =>
      `Telemetry is data about use and errors.${share === null ? '' : ` Telemetry was ${share} of what was sent.`}`,
    whatIsNoted: 'What the network sensor notes, and what it does not',
    noted: 'Noted',
    notNoted: 'Not noted',
    /** What is noted, and what is not, row by row. */
    notes: (isPseudonym: boolean): readonly (readonly [string, string])[] => [
      [
        'That a machine talked to a tool’s server, when, and how many bytes',
        'What you typed, your code, answers, files, addresses of pages',
      ],
      ['The form of the connection’s first message', 'Anything inside the encryption: it is never opened'],
      [
        isPseudonym
          ? 'A pseudonym in place of the machine’s address and name'
          : 'The machine’s address and name',
        'Who sat at the machine; networks that do not pass the sensor',
      ],
    ],
    deleted(windowDays: number | null, findingDays: number | null) {
      const words = [
        windowDays === null ? '' : `records of traffic after ${plural(windowDays, 'day')}`,
        findingDays === null ? '' : `findings after ${plural(findingDays, 'day')}`,
      ].filter((text) => text !== '');
      return words.length === 0 ? '' : `Wiretally deletes ${words.join(', and ')}. `;
    },
    reidentified: 'Turning a pseudonym back into a machine is a separate step, and each one is logged. ',
    noRankings: 'There are no rankings of people.',
    ifWrong: 'If a finding seems wrong',
    sayIt:
      'Say so. A finding is evidence about a machine and can be wrong. You can see the evidence: names, times, how sure it is, and what speaks against it. An update or telemetry alone is not use.',
    whomToAsk: 'Whom to ask',
    owner: (owner: string) =>
      `Policy and exceptions: ${owner}. Say what for, on which machine, until when. Exceptions always have an end date.`,
    network: 'The people who run this network.',
    /** The rule that a page was made from. */
    ruleOf: (policy: string, id: string, revision: number) => `“${policy}”, ${id} rev ${revision}`,
    made: (wiretally: string, catalogue: string, rule: string | null) =>
      `Made by Wiretally ${wiretally} from catalogue ${catalogue}${rule === null ? '' : ` and policy ${rule}`}.`,
  },
  summary: {
    heading: 'AI coding tools: compliance summary',
    noPolicyGiven: 'No policy was given',
    /** Under the heading: policy, span, zone, hosts. */
    about: (policy: string, span: string, zone: string, hosts: number) =>
      `${policy}. ${span}, ${zone}. ${plural(hosts, 'host')}.`,
    noPackets: 'no packets',
    noPolicy: 'No policy',
    noVerdict: 'Use is listed, and no verdict is given.',
    findings: 'Violations and suspicions',
    findingHeads: [
      'Result',
      'Host',
      'Tool',
      'Rule',
      'Confidence',
      'First',
      'Last',
      'Requests',
      'Payload sent',
    ],
    moreFindings: (count: number) => `${plural(count, 'more finding')} in the report.`,
    tools: 'Tools seen',
    toolHeads: ['Tool', 'Vendor', 'Hosts', 'Sent', 'Telemetry sent'],
    notToldApart: 'not distinguished',
    moreTools: (count: number) => `${plural(count, 'more tool')} in the report.`,
    limits: 'What limits this',
    /** Sentences, the first about what was not visible. */
    limitsOf(document: ReportDocument): readonly string[] {
      const loss = lossSentence(document);
      const unrecorded = unrecordedSentence(document);
      return [
        `Not visible: ${notVisibleSentence(document)}.`,
        ...(unrecorded === null ? [] : [`There are ${unrecorded}.`]),
        ...(loss === null ? [] : [`Lost: ${loss}.`]),
        ...damageSentences(document)
          .slice(0, MAX_DAMAGE)
          .map((sentence) => `${sentence}.`),
        '“Not seen” does not mean “not used”. Networks that do not pass the sensor are not in this summary.',
        'A finding is evidence about a machine, not about a person.',
      ];
    },
    toCheck: 'To check it',
    title: (span: string) => `Compliance summary, ${span}`,
    made: (wiretally: string, catalogue: string, day: string | null, packets: number) =>
      `Made by Wiretally ${wiretally}, catalogue ${catalogue}${day === null ? '' : ` on ${day}`}, from ${plural(packets, 'packet')}.`,
  },
  page: ENGLISH_PAGE,
  markdown: {
    heading: (span: string | null) => `AI coding tools on the network${span === null ? '' : `, ${span}`}`,
    findings: 'Findings',
    exemptBy: (exception: string) => `exempt by ${exception}`,
    findingsNote:
      'The figures of a finding cover only the time of that finding; those in the table below cover the whole period.',
    toDo: (action: string) => `What to do: ${action}`,
    mayBe: (tools: string) => ` (may be ${tools})`,
    by: (by: BreakdownBy): string => by,
    unseen: 'What could not be seen',
    notSeen: '“Not seen” in this report never means “not used”.',
    notVisible: 'Not visible',
    share: 'Share',
    effect: 'What it means',
    unrecorded: (sentence: string) => `Span: ${sentence}.`,
    lost: (sentence: string) => `Lost: ${sentence}.`,
    howMade: 'How this was made',
    made: (wiretally: string, catalogue: string, zone: string) =>
      `Wiretally ${wiretally}, catalogue ${catalogue}; times are ${zone}`,
    clientHellos: (count: number) => plural(count, 'ClientHello'),
    comparison: {
      before: (text: string) => `before: ${text}`,
      after: (text: string) => `after: ${text}`,
      limit: (text: string) => `limit: ${text}`,
    },
  },
};

/** What every language says. */
export type Messages = typeof ENGLISH;

export type PageMessages = Messages['page'];
