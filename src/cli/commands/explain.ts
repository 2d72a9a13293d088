// `wiretally explain SOURCE… --host H [--tool ID]` or `--finding ID`: prints evidence for and against, and how to find the
// packets.

import { explainTool, NOT_PLACED, type Wording } from '../../attribution/explain-evidence.ts';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import { loadCatalogue } from '../../files/catalogue-files.ts';
import { optionError, usageError } from '../../model/errors.ts';
import { omitUndefined } from '../../model/omit-undefined.ts';
import type { Policy } from '../../model/policy.ts';
import type {
  Advisory,
  Exposure,
  HostReport,
  ReportAttempt,
  ReportService,
  ServiceClient,
  ToolUse,
} from '../../model/report.ts';
import { signWords } from '../../model/service-signs.ts';
import { findAdvisorySubject } from '../../model/services.ts';
import type { BuildSign, HostAttribution, HostTool } from '../../model/tool.ts';
import { canonicalAddress, compareText } from '../../net/address.ts';
import { listExposures } from '../../policy/advisory-exposure.ts';
import { parseFindingId } from '../../policy/finding-life.ts';
import { readPseudonyms } from '../../query/inputs/pseudonyms.ts';
import { sourceKind } from '../../query/inputs/source-kind.ts';
import { requireKnownHost } from '../../query/known-host.ts';
import { requireKnownRow } from '../../query/known-tool.ts';
import {
  acceptedNames,
  excludedNetworks,
  readOptionalAdvisories,
  readOptionalView,
} from '../../query/policy-view.ts';
import { type Reported, reportOn } from '../../query/reported.ts';
import type { SourceRead } from '../../query/source.ts';
import { findUnanswered } from '../../query/unanswered.ts';
import { pseudonymizeReport } from '../../report/document/pseudonymize.ts';
import { getPlace, upstreamText } from '../../report/sections/services.ts';
import { machineSentences } from '../../report/text/blind-spots.ts';
import { ENGLISH_WORDS, messagesFor } from '../../report/text/english-words.ts';
import { formatExplanation } from '../../report/text/explain-use.ts';
import { ANSWERS, affectedText, getReason } from '../../report/text/exposure-words.ts';
import { buildFlowFilters } from '../../report/text/flow-filters.ts';
import { secondTime } from '../../report/text/instant-text.ts';
import type { Language } from '../../report/text/languages.ts';
import { sliceCommand } from '../../report/text/next-command.ts';
import type { RenderOptions } from '../../report/text/render-options.ts';
import { nearestWord } from '../../text/near-word.ts';
import { formatBytes, formatCount, joinWords, plural } from '../../text/quantity.ts';
import { intersectSpans, liesWithin, spanText } from '../../text/version.ts';
import { visibleText } from '../../text/visible-text.ts';
import { formatInstant } from '../../time/instant.ts';
import { openZone } from '../../time/zone.ts';
import { defineCommand, example } from '../command.ts';
import { buildCommand, changeOption, type OptionValues, option } from '../input/declare-option.ts';
import {
  catalogueOptions,
  commonOptions,
  languageOption,
  listFilledInputs,
  logOptions,
  outputOptions,
  TOOL_VALUES,
  timezoneOption,
} from '../input/options.ts';
import {
  advisoriesOption,
  policyOption,
  pseudonymizeOption,
  sensorsOptions,
} from '../input/policy-options.ts';
import { chooseZone } from '../input/time-options.ts';
import { EXIT } from '../output/exit-code.ts';
import { printReadSummary, printSkippedAdvisories } from '../output/read-summary.ts';
import { writeJson } from '../output/stdout.ts';
import { buildTerminal } from '../output/terminal.ts';
import { COPIED, writeWrapped } from '../output/write-wrapped.ts';
import { readSource } from '../reading/read-source.ts';

const options = {
  finding: option(
    '--finding <id>',
    'Input',
    'Host and tool of a finding, by its id in analyze --format json',
    { isCommon: true },
  ),
  host: option('--host <host>', 'Input', 'Address, name or MAC of the host', {
    isCommon: true,
    stored: 'host',
  }),
  tool: option('--tool <id>', 'Input', 'Tool or provider, by id or name (default: all)', {
    isCommon: true,
    ...TOOL_VALUES,
  }),
  timezone: timezoneOption("times (default: the system's; UTC in machine formats)"),
  language: changeOption(languageOption, { description: 'Language of the text' }),
  policy: changeOption(policyOption, {
    description: 'Read the source by this policy: its time zone, exclusions and accepted names',
  }),
  pseudonymize: pseudonymizeOption,
  advisories: advisoriesOption,
  ...outputOptions,
  ...sensorsOptions,
  ...logOptions,
  ...catalogueOptions,
  ...commonOptions,
};

type Written = OptionValues<typeof options>;
type Options = Omit<Written, 'host' | 'tool'> & { readonly host: string; readonly tool?: string | undefined };

type Pseudonyms = ((host: string) => string) | null;

export const command = defineCommand({
  group: 'Analyze',
  summary: 'Explain the evidence for and against a tool on a host',
  arguments: [{ name: '<source...>', description: 'Captures, a store, or an evidence bundle' }],
  options,
  examples: [
    example('explain office.pcap.gz --host 10.20.1.13', 'Explain every tool of a host'),
    example('explain history.duckdb --host 10.20.1.13 --tool claude-code', 'Explain one tool from a store'),
    example('explain office.usage --finding AI-0710/2/10.20.1.13/claude-code/violation', 'Explain a finding'),
  ],
  async run(files, rawOptions, { parsed }) {
    const inputs = listFilledInputs(files, {});
    const written = { ...rawOptions, ...parseSubject(rawOptions) };
    const pseudonymOf = written.pseudonymize === undefined ? null : readPseudonyms(written.pseudonymize);
    // Checked before captures are read for minutes. A bundle may contain its own entries.
    if (written.tool !== undefined && sourceKind(inputs) !== 'bundle')
      requireKnownRow(await loadCatalogue(written.catalogue), written.tool);
    const { policy, catalogue } = written;
    const view = policy === undefined ? null : await readOptionalView({ policy, catalogue });
    const onDisk = view?.onDisk ?? null;
    if (onDisk !== null && written.finding !== undefined) requireRule(onDisk.policy, written.finding);
    const timezone = chooseZone(written, onDisk?.policy.timezone);
    const [exclude, lookedUp] = [excludedNetworks(onDisk), acceptedNames(onDisk)];
    const source = await readSource(inputs, { ...written, timezone, exclude, lookedUp });
    const options =
      written.tool === undefined
        ? written
        : { ...written, tool: requireKnownRow(source.catalogue, written.tool).id };
    const published = await readOptionalAdvisories(options.advisories, source.catalogue);
    printSkippedAdvisories(published, options);
    const { advisories } = published;
    const code = printReadSummary(source, options);
    if (code !== EXIT.failed) {
      const reported = reportOn(source, { ...buildCommand(parsed, inputs), timezone });
      if (options.format === 'json') await writeJson(rowsAsJson(reported, options, pseudonymOf));
      else if (options.language !== undefined && options.language !== 'en')
        await writeWrapped(
          await translateExplanation(
            reported,
            options,
            pseudonymOf,
            buildWording(timezone, false),
            options.language,
          ),
          options,
        );
      else {
        const place = buildTerminal(options);
        const lines = explainRows(
          reported,
          options,
          { source, pseudonymOf, advisories, place },
          buildWording(timezone, options.verbose === true),
        );
        await writeWrapped(lines, options);
      }
    }
    return code;
  },
});

/** A finding of a rule that the policy does not have would be explained as if it had one. Throws USAGE. */
function requireRule(policy: Policy, finding: string): void {
  const id = parseFindingId(finding)?.rule;
  const rules = [...policy.rules, policy.otherTools, policy.otherServices, policy.otherMcp];
  const ids = rules.flatMap((rule) => rule?.id ?? []);
  if (id === undefined || ids.includes(id)) return;
  const near = nearestWord(id, ids);
  throw optionError(
    '--finding',
    `the policy has no rule "${id}"`,
    near === null ? `pass a finding of ${joinWords(ids)}` : `did you mean ${near}?`,
  );
}

/** Returns the explanation in another language. Signs of AI services are in English in every language. */
async function translateExplanation(
  reported: Reported,
  options: Options,
  pseudonymOf: Pseudonyms,
  wording: Wording,
  language: Language,
): Promise<string[]> {
  if (options.advisories !== undefined)
    throw optionError('--language', 'advisories are explained in English only', 'remove --advisories');
  const hosts = selectHosts(reported, options, pseudonymOf);
  const services = hosts.flatMap(({ host }) =>
    serviceLines(selectServices(reported, host, options, pseudonymOf), host, wording),
  );
  const explained = {
    document: reported.document,
    hosts,
    tool: options.tool ?? null,
    attempts: hosts.flatMap(({ host }) => selectAttempts(reported, host, options, pseudonymOf)),
    program: buildTerminal(options).program,
  };
  const lines = formatExplanation(explained, await messagesFor(language));
  return services.length === 0 ? lines : [...lines, ...services];
}

/** Throws USAGE. */
function parseSubject({ finding, host, tool }: Written): { host: string; tool: string | undefined } {
  if (finding === undefined) {
    if (host !== undefined) return { host, tool };
    throw usageError(
      'pass --host HOST, optionally with --tool ID, or --finding ID',
      'wiretally analyze lists hosts, tools and findings',
    );
  }
  if (host !== undefined || tool !== undefined)
    throw optionError('--finding', 'a finding already determines host and tool', 'remove --host and --tool');
  const parts = parseFindingId(finding);
  if (parts === null)
    throw optionError(
      '--finding',
      `"${finding}" is not a finding id`,
      'pass an id from "findings" in analyze --format json, for example AI-0710/2/10.20.1.13/claude-code/violation',
    );
  return parts;
}

const MAX_ALIKE = 12;

/**
 * Lists other programs of the catalogue with the same traffic: they run on a runtime of the use, and reach its names or any
 * API for which the user has a key.
 */
function listAlikePrograms(
  { tool, name: called, confidence, names, fingerprints }: ToolUse,
  catalogue: Catalogue,
): string[] {
  if (confidence === 'certain') return [];
  const labels = new Set(fingerprints.map(({ runtime }) => runtime));
  const runtimes = new Set(
    catalogue.data.runtimes
      .filter(({ builds }) => builds.some(({ label }) => labels.has(label)))
      .map(({ id }) => id),
  );
  const tied = new Set(
    names.flatMap(({ name }) => [
      ...catalogue.candidates(name).map((other) => other.tool.id),
      ...catalogue.lookup(name).map(({ value }) => value.tool.id),
    ]),
  );
  const isModel = names.some(({ role }) => role === 'inference');
  const alike = catalogue.tools.filter(
    (other) =>
      other.id !== tool &&
      (tied.has(other.id) || (isModel && other.ownKey === true)) &&
      (other.runtimes ?? []).some((id) => runtimes.has(id)),
  );
  if (alike.length === 0) return [];
  const more = alike.length - MAX_ALIKE;
  const listed = alike.slice(0, MAX_ALIKE).map(({ name }) => visibleText(name));
  return [
    `Programs that can reach the names of ${visibleText(called)} from the same runtime: ${joinWords(more > 0 ? [...listed, `${more} more`] : listed)}, or a script.`,
  ];
}

/** Prints how to find the flows of a use: a display filter, and the command that writes its packets. */
function listFlowCommands(
  { document }: Reported,
  host: HostReport,
  use: ToolUse,
  { program }: RenderOptions,
): string[] {
  const { evidence } = use;
  const [filter] = buildFlowFilters(
    { host, names: use.names.map(({ name }) => name), evidence },
    ENGLISH_WORDS,
  );
  const slice = sliceCommand(document, { host, tool: use.tool }, null, program);
  if (filter === undefined || slice === null) return [];
  const { packets, packetsNote } = ENGLISH_WORDS.filters;
  return [
    '',
    `To find the flows of ${use.name}:`,
    `  ${filter.program}${filter.note === null ? '' : ` (${filter.note})`}`,
    COPIED + filter.text,
    `  ${packets} (${packetsNote(slice.hasCaptures)})`,
    COPIED + slice.text,
  ];
}

/** Selects all hosts with the name, because several hosts may have the same one. */
function selectHosts(
  { document }: Reported,
  options: Options,
  pseudonymOf: Pseudonyms,
): readonly HostReport[] {
  const hosts = requireKnownHost(document.hosts, canonicalAddress(options.host), pseudonymOf);
  return pseudonymOf === null ? hosts : pseudonymizeReport({ ...document, hosts }, pseudonymOf).hosts;
}

/** Returns the requested hosts and rows in the form of a report (docs/report-json.md). */
function rowsAsJson(reported: Reported, options: Options, pseudonymOf: Pseudonyms): object {
  const { schema, wiretally, catalogue, period } = reported.document;
  const isSelected = (use: ToolUse): boolean => options.tool === undefined || use.tool === options.tool;
  const hosts = selectHosts(reported, options, pseudonymOf).map((host) => ({
    ...host,
    tools: host.tools.filter(isSelected),
    providers: host.providers.filter(isSelected),
  }));
  const attempts = hosts.flatMap(({ host }) => selectAttempts(reported, host, options, pseudonymOf));
  const services = hosts.flatMap(({ host }) => selectServices(reported, host, options, pseudonymOf));
  return {
    schema,
    wiretally,
    catalogue,
    period,
    hosts,
    ...(attempts.length === 0 ? {} : { attempts }),
    ...(services.length === 0 ? {} : { services }),
  };
}

function explainRows(
  reported: Reported,
  options: Options,
  {
    source: { windows, catalogue },
    pseudonymOf,
    advisories,
    place,
  }: {
    source: SourceRead;
    pseudonymOf: Pseudonyms;
    advisories: readonly Advisory[];
    place: RenderOptions;
  },
  wording: Wording,
): string[] {
  const { attributions } = reported;
  const shown = selectHosts(reported, options, pseudonymOf);
  const served = listExposures([], advisories, windows, openZone(wording.timezone));
  const contacts = findUnanswered(windows);
  return shown.flatMap((host, i) => {
    const ofHost = attributions.find(
      (attribution) => (pseudonymOf?.(attribution.host) ?? attribution.host) === host.host,
    );
    const rows = ofHost === undefined ? [] : [replaceRows(ofHost, host)];
    const attempts = selectAttempts(reported, host.host, options, pseudonymOf);
    const services = selectServices(reported, host.host, options, pseudonymOf);
    const tried = listContacts(contacts, host.host, catalogue, pseudonymOf);
    const isSeen = rows.some(({ tools, providers }) => tools.length + providers.length > 0);
    return [
      ...(i === 0 ? [] : ['']),
      ...machineNotes(host),
      ...(isSeen || attempts.length + services.length + tried.length === 0
        ? explainTool(rows, host.host, options.tool ?? null, wording)
        : [`${host.host}: no use of a tool or provider was seen.`]),
      ...rows
        .flatMap(({ tools }) => tools)
        .filter(({ use }) => options.tool === undefined || use.tool === options.tool)
        .flatMap((tool, _, { length }) => [
          ...listAlikePrograms(tool.use, catalogue).flatMap((line) => (length > 1 ? ['', line] : [line])),
          ...advisoryLines(host.host, tool, advisories, wording.time),
          ...listFlowCommands(reported, host, tool.use, place),
        ]),
      ...tried.map(
        (name) => `A hello to ${name} was sent, and no answer was seen: it is unknown if it was used.`,
      ),
      ...attemptLines(attempts, wording),
      ...serviceLines(services, host.host, wording),
      ...serviceAdvisoryLines(
        served.filter((exposure) => (pseudonymOf?.(exposure.host) ?? exposure.host) === host.host),
        services,
        advisories,
      ),
    ];
  });
}

/** Lists names of the catalogue that the host contacted without an answer. */
function listContacts(
  contacts: ReturnType<typeof findUnanswered>,
  host: string,
  catalogue: Catalogue,
  pseudonymOf: Pseudonyms,
): string[] {
  const names = [...contacts]
    .filter(([address]) => (pseudonymOf?.(address) ?? address) === host)
    .flatMap(([, quarters]) => [...quarters.values()].flat())
    .filter((name) => catalogue.isListed(name));
  return [...new Set(names)].sort(compareText);
}

/** Notes that figures may be those of several machines. */
function machineNotes(host: HostReport): string[] {
  const notes = machineSentences([host], ENGLISH_WORDS).map((sentence) => `Note: ${sentence}.`);
  return notes.length === 0 ? [] : [...notes, ''];
}

/** Selects attempts of a host at names of the tool, with the printed name of the host. */
const selectAttempts = (
  { document: { attempts = [] } }: Reported,
  host: string,
  { tool }: Options,
  pseudonymOf: Pseudonyms,
): readonly ReportAttempt[] =>
  attempts
    .map((attempt) => ({ ...attempt, host: pseudonymOf?.(attempt.host) ?? attempt.host }))
    .filter((row) => row.host === host && (tool === undefined || row.tools.includes(tool)));

/** Selects services that the host runs or used, with its printed name; with a tool those that forward its requests. */
function selectServices(
  { document }: Reported,
  host: string,
  { tool }: Options,
  pseudonymOf: Pseudonyms,
): readonly ReportService[] {
  const { services } =
    pseudonymOf === null ? document : pseudonymizeReport({ ...document, hosts: [] }, pseudonymOf);
  return services.filter(
    (service) =>
      (service.host === host || service.clients.some((client) => client.host === host)) &&
      (tool === undefined || (service.upstream ?? []).some((sent) => sent.tool === tool)),
  );
}

function serviceLines(services: readonly ReportService[], host: string, wording: Wording): string[] {
  if (services.length === 0) return [];
  return ['', 'AI services:', ...services.flatMap((service) => serviceText(service, host, wording))];
}

function serviceText(service: ReportService, host: string, { count, bytes, time }: Wording): string[] {
  const { product, confidence, clients, signs, exposed, upstream, firstSeen, lastSeen } = service;
  const named = `${product} (${confidence})`;
  const own = clients.find((client) => client.host === host);
  const users = clients.map((client) => client.host).join(', ');
  return [
    ...(service.host === host
      ? [
          `  This host runs ${named} on port ${service.port}, seen ${time(firstSeen) === time(lastSeen) ? `at ${time(firstSeen)}` : `from ${time(firstSeen)} to ${time(lastSeen)}`}; clients: ${users === '' ? 'none' : users}.`,
          ...(exposed ? ['    A host outside its network got an answer.'] : []),
        ]
      : []),
    ...(own === undefined
      ? []
      : [
          `  This host used ${named} at ${getPlace(service)}: ${requestsText(own.requests, count)}, ${bytes(own.bytesUp)} up, ${bytes(own.bytesDown)} down.`,
        ]),
    `    Evidence: ${signs.map(signWords).join('; ')}.`,
    ...(upstream === undefined
      ? []
      : [
          `    It forwards requests to ${upstreamText(service)}: its clients are the users, the traffic is its own.`,
        ]),
  ];
}

function requestsText(requests: ServiceClient['requests'], count: Wording['count']): string {
  if (requests === null) return 'unknown requests';
  const { min, max } = requests;
  const number = max === null ? `${count(min)} or more` : count(min);
  return `${number} ${min === 1 && max === 1 ? 'request' : 'requests'}`;
}

function attemptLines(attempts: readonly ReportAttempt[], wording: Wording): string[] {
  if (attempts.length === 0) return [];
  return [
    '',
    'Attempts, which are not use:',
    ...attempts.map(
      (attempt) =>
        `  ${visibleText(attempt.name)}: ${describeAttempts(attempt, wording.count(attempt.attempts))}; first ${wording.time(attempt.firstSeen)}, last ${wording.time(attempt.lastSeen)}`,
    ),
    '`wiretally diagnose` with the same source and --host prints the evidence and the fix.',
  ];
}

/** Replaces the rows by those of the document, which contain no facts that a pseudonym must hide. */
function replaceRows(attribution: HostAttribution, host: HostReport): HostAttribution {
  const shown = (row: HostTool): HostTool => {
    const use = [...host.tools, ...host.providers].find(({ tool }) => tool === row.use.tool);
    if (use === undefined) return row;
    const { quarters, signs, signDays } = row;
    return { use, quarters, ...omitUndefined({ signs, signDays }) };
  };
  return {
    host: host.host,
    tools: attribution.tools.map(shown),
    providers: attribution.providers.map(shown),
  };
}

function buildWording(timezone: string, isVerbose: boolean): Wording {
  const zone = openZone(timezone);
  return {
    bytes: formatBytes,
    count: formatCount,
    timezone,
    isVerbose,
    time: (instant) => secondTime(instant, zone),
  };
}

/** Maximum number of starts per advisory; the earliest are listed. */
const MAX_STARTS = 10;

/** Returns lines of text; none if no advisory is about the tool. `timeOf` formats an RFC 3339 instant. */
export function advisoryLines(
  host: string,
  tool: HostTool,
  advisories: readonly Advisory[],
  timeOf: (instant: string) => string,
): string[] {
  const about = advisories.filter((advisory) => advisory.tool === tool.use.tool);
  if (about.length === 0) return [];
  const exposures = listExposures([{ host, tools: [tool], providers: [] }], about);
  const starts = (tool.signs ?? []).filter(({ kind }) => kind !== 'used');
  return [
    '',
    `Advisories about ${tool.use.name}:`,
    ...exposures.flatMap((exposure) => {
      const advisory = about.find(({ id }) => id === exposure.advisory);
      if (advisory === undefined) return [];
      return [...exposureLines(exposure, advisory), ...startLines(starts, advisory, timeOf)];
    }),
  ];
}

function exposureLines({ answer, first, last, days: list }: Exposure, advisory: Advisory): string[] {
  const reason = getReason({ days: list });
  const days = first === last ? `on ${first}` : `first on ${first}, last on ${last}`;
  return [
    `  ${visibleText(advisory.id)} (${advisory.severity}; ${visibleText(affectedText(advisory))}): ${ANSWERS[answer]} ${days}`,
    ...(reason === '' ? [] : [`    ? ${reason}`]),
  ];
}

/** Prints advisories about the shown services. advisoryLines prints those about a tool that also runs as a service. */
function serviceAdvisoryLines(
  exposures: readonly Exposure[],
  services: readonly ReportService[],
  advisories: readonly Advisory[],
): string[] {
  const subjects = new Set(services.map(({ product }) => findAdvisorySubject(product)));
  const lines = advisories
    .filter(({ tool }) => subjects.has(tool))
    .flatMap((advisory) =>
      exposures
        .filter((exposure) => exposure.advisory === advisory.id)
        .flatMap((exposure) => exposureLines(exposure, advisory)),
    );
  return lines.length === 0 ? [] : ['', 'Advisories about AI services of this host:', ...lines];
}

function startLines(
  starts: readonly BuildSign[],
  advisory: Advisory,
  timeOf: (instant: string) => string,
): string[] {
  if (starts.length === 0) return ['    no start was seen'];
  const more = starts.length - MAX_STARTS;
  return [
    ...starts.slice(0, MAX_STARTS).map((start) => {
      const { mark, words } = weighExposure(start, advisory);
      return `    ${mark} ${timeOf(formatInstant(start.atUs))}: ${words}`;
    }),
    ...(more > 0 ? [`    and ${plural(more, 'start')} more`] : []),
  ];
}

/** Returns `+` if an affected version was started, `-` if none was, `?` if this is unknown. */
function weighExposure(
  { kind, spans, why, platforms }: BuildSign,
  advisory: Advisory,
): { readonly mark: string; readonly words: string } {
  if (spans === null) return { mark: '?', words: NOT_PLACED[why ?? 'fewMarks'] };
  const { affected, possible } = advisory;
  const builds = `${kind === 'start' ? 'start of' : 'update to'} ${spans.map(spanText).join(', ')}`;
  if (intersectSpans(spans, [...affected, ...possible]).length === 0)
    return { mark: '-', words: `${builds}: none is affected` };
  if (kind !== 'start') return { mark: '?', words: `${builds}: an update does not show that it ran` };
  const isElsewhere =
    advisory.platforms.length > 0 && !platforms.some((platform) => advisory.platforms.includes(platform));
  if (isElsewhere) return { mark: '?', words: `${builds}: recorded on platforms that it is not about` };
  return liesWithin(spans, affected)
    ? { mark: '+', words: `${builds}: all are affected` }
    : { mark: '?', words: `${builds}: some are affected, others are not` };
}

/** Returns a text such as "54 blocked before any request, certain proxy-denied (proxy)". */
function describeAttempts({ result, fault, leg, confidence }: ReportAttempt, count: string): string {
  const reason = fault === null ? '' : `, ${confidence} ${fault}`;
  return `${count} ${result} before any request${reason}${leg === null ? '' : ` (${leg})`}`;
}
