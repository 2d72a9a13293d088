// Prepares the documents of one request, as the site may show them.

import type { Context } from 'hono';
import type { Diagnosis } from '../model/diagnosis.ts';
import { WiretallyError } from '../model/errors.ts';
import type { Health } from '../model/health.ts';
import type { Comparison, ReportDocument } from '../model/report.ts';
import type { SensorHealth } from '../model/sensor.ts';
import { suppressSmall } from '../report/document/suppress.ts';
import { unixSeconds } from '../report/text/instant-text.ts';
import type { Named, WrittenNames } from '../text/written-name.ts';
import { formatStep } from '../time/steps.ts';
import {
  findToolId,
  parseSpan,
  type Question,
  type RequestedSpan,
  readComparedSpans,
  readQuestion,
  withToolId,
} from './address-question.ts';
import type { Analyzer } from './analyzer-page.ts';
import type { Documents, FleetSensors } from './documents.ts';
import type { FindingStates, StateForms } from './findings/finding-states.ts';
import type { AccessRules, WebEnv } from './guard/visitors.ts';
import type { Identities } from './identity/identities.ts';
import type { PseudonymLookups } from './identity/pseudonym-lookups.ts';
import type { EarlyHellos, LiveRates } from './live/live-rates.ts';
import type { Metrics } from './metrics/metrics.ts';
import { PageError } from './page-error.ts';
import {
  buildToolTest,
  comparePart,
  getHostName,
  type HealthShown,
  healthPart,
  requireKnownWords,
} from './selection.ts';

export interface Site extends AccessRules {
  /** The page that analyzes captures in the browser; null if it is not built. */
  readonly analyzer: Analyzer | null;
  readonly documents: Documents;
  readonly fleet: FleetSensors;
  readonly metrics: Metrics;
  /** Returns the sensor's last status; null without a sensor, or before the first. */
  readonly health: () => SensorHealth | null;
  /** Rates and the open window of a running sensor; null without a sensor, or before the first. */
  readonly rates: () => LiveRates | null;
  /** Hellos that no window contains yet; null after the first whole window, and without a sensor. */
  readonly early: () => EarlyHellos | null;
  readonly wiretally: string;
  /** Tools of the catalogue in force, by id and displayed name. */
  readonly tools: () => WrittenNames<Named>;
  /** Allowed Host names in addition to addresses and localhost. */
  readonly publicNames: readonly string[];
  readonly isTls: boolean;
  /** Pseudonym lookup and the users allowed to use it; null without one. */
  readonly identities: Identities | null;
  /** States of findings, and the users allowed to change them; null without a log. */
  readonly findings: FindingStates | null;
  /** Receivers file of a running sensor; null without one. */
  readonly receivers: string | null;
  /** Log of unexpected errors; the response refers to it. */
  readonly print: (text: string) => void;
}

/** HTML forms that change data: lookup of pseudonyms and states of findings; null if disabled. */
export interface Forms {
  readonly lookups: PseudonymLookups | null;
  readonly states: StateForms | null;
}

export interface PageAnswer {
  readonly question: Question;
  readonly document: ReportDocument;
}

export class PageRequest {
  readonly site: Site;
  readonly forms: Forms;
  readonly c: Context<WebEnv>;

  constructor(site: Site, forms: Forms, c: Context<WebEnv>) {
    this.site = site;
    this.forms = forms;
    this.c = c;
  }

  /** `requiresKnownHost`: false allows a host that no document lists. */
  readAnswer(requiresKnownHost = true): Promise<PageAnswer> {
    return this.#readBy((documents, span) => documents.findDocument(span), requiresKnownHost);
  }

  /** Reads a document without the names, fingerprints, evidence and builds of rows, for pages that do not show them. */
  readSummary(): Promise<PageAnswer> {
    return this.#readBy((documents, span) => documents.summary(span), true);
  }

  async #readBy(
    read: (documents: Documents, span: RequestedSpan) => Promise<ReportDocument>,
    requiresKnownHost: boolean,
  ): Promise<PageAnswer> {
    const { documents, tools } = this.site;
    const written = this.#written();
    const document = await read(documents, this.#span(written));
    const shown = this.shown(document);
    this.#requireKnown(requiresKnownHost ? written : { ...written, host: '' }, shown);
    return { question: withToolId(written, tools(), document), document: shown };
  }

  #requireKnown(written: Question, document: ReportDocument): void {
    const { latest } = this.site.documents;
    requireKnownWords(written, latest === null ? [document] : [document, this.shown(latest)]);
  }

  #written(): Question {
    return readQuestion(new URL(this.c.req.url).searchParams);
  }

  #span(question: Question): RequestedSpan {
    return parseSpan(question, this.site.documents.timezone);
  }

  /** Returns the document as the site shows it. */
  shown(document: ReportDocument): ReportDocument {
    const shown = this.site.findings?.show(document) ?? document;
    return this.forms.lookups === null ? shown : withoutSmallGroups(shown);
  }

  get host(): string {
    return this.c.req.param('host') ?? '';
  }

  /** Returns the id of the tool in the path. Throws PageError 404. */
  toolIn(document: ReportDocument): string {
    return findToolId(this.c.req.param('tool') ?? '', this.site.tools(), document, 404);
  }

  async readComparison(): Promise<PageAnswer & { readonly comparison: Comparison | null }> {
    const { documents, tools } = this.site;
    const written = this.#written();
    const spans = readComparedSpans(written, documents.timezone);
    // Documents are made one after the other, to limit memory.
    const document = this.shown(await documents.findDocument(spans?.after ?? this.#span(written)));
    const question = withToolId(written, tools(), document);
    const before = spans === null ? null : this.shown(await documents.findDocument(spans.before));
    this.#requireKnown(written, document);
    return { question, document, comparison: before && comparePart(before, document, question) };
  }

  async #connections({ question, document }: PageAnswer, host: string | null) {
    const { documents } = this.site;
    const facts = await documents.health(this.#span(question));
    const least = Math.max(facts.leastHosts, this.forms.lookups === null ? 1 : MIN_GROUP_HOSTS);
    return { facts, ...healthPart(facts, document, question, host, least) };
  }

  async readHealth(): Promise<PageAnswer & { readonly shown: HealthShown }> {
    const { documents } = this.site;
    const answer = await this.readAnswer(false);
    const { question, document } = answer;
    const host = question.host === '' ? null : getHostName(document, question.host);
    const { facts, health, attempts } = await this.#connections(answer, host);
    const found = host === null ? null : await documents.diagnosis(this.#span(question), host);
    // A host without use is known only by its connections.
    if (found !== null && found.diagnoses.length + found.checked.length + found.halfSeen.length === 0)
      this.#requireKnown(question, document);
    const isOfTool = buildToolTest(facts.known, question.tool);
    const diagnosis = found && {
      diagnoses: found.diagnoses.filter(isOfTool),
      checked: found.checked.filter(isOfTool),
      halfSeen: found.halfSeen.filter(isOfTool),
    };
    return { question, document, shown: { health, attempts, host, diagnosis } };
  }

  /** Returns diagnoses for the timeline of a host; none if the source has become unreadable, so that the page still appears. */
  async readHostDiagnoses({ question, document }: PageAnswer, host: string): Promise<readonly Diagnosis[]> {
    const { documents } = this.site;
    const found = documents.diagnosis(this.#span(question), getHostName(document, host));
    return (await answerOrNull(found))?.diagnoses ?? [];
  }

  /** Returns health for the time axis of a short span; null for a long span, or if the source has become unreadable. */
  async readShortHealth(answer: PageAnswer, host: string | null = null): Promise<Health | null> {
    const { since, until } = answer.document.period;
    if (since === null || until === null || formatStep(unixSeconds(until) - unixSeconds(since)) === 'day')
      return null;
    return (await answerOrNull(this.#connections(answer, host)))?.health ?? null;
  }
}

async function answerOrNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof WiretallyError) return null;
    throw error;
  }
}

export const noSuchPage = (): PageError => new PageError(404, 'no such page', 'go to /');

// Pages with pseudonyms omit groups and totals of few hosts, because pseudonyms among few hosts can be resolved.

/** Minimum number of hosts; a policy can require more. */
const MIN_GROUP_HOSTS = 5;

export function withoutSmallGroups(document: ReportDocument): ReportDocument {
  const sizes = new Map<string, number>();
  for (const { groups } of document.hosts)
    for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  const isLarge = (group: string): boolean => (sizes.get(group) ?? 0) >= MIN_GROUP_HOSTS;
  return {
    ...document,
    hosts: document.hosts.map((host) => ({ ...host, groups: host.groups.filter(isLarge) })),
    tools: suppressSmall(document.tools, MIN_GROUP_HOSTS),
  };
}
