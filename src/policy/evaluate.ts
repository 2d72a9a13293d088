// Evaluates the use of hosts by quarter hours against the rules of a policy, as they were in force at that time.

import { RELAY_ID } from '../model/catalogue-words.ts';
import { DOUBTS } from '../model/confidence.ts';
import type { Severity } from '../model/findings.ts';
import { omitUndefined } from '../model/omit-undefined.ts';
import type {
  CallsOfTool,
  HostIdentity,
  Policy,
  Rule,
  RuleTool,
  Scope,
  ServiceMatch,
} from '../model/policy.ts';
import type { RuleFacts, UseFacts } from '../model/policy-summary.ts';
import type {
  EvidenceItem,
  Finding,
  HostReport,
  PolicySummary,
  RuleSummary,
  ToolDay,
  ToolUse,
} from '../model/report.ts';
import { asDetail, phrase, type Sentence } from '../model/sentences.ts';
import type { HostTool, UsageQuarter } from '../model/tool.ts';
import { compareHosts, compareText } from '../net/address.ts';
import { CLAIMS } from '../net/host-claims.ts';
import { matchesGlob } from '../text/glob.ts';
import { QUARTER_SECONDS } from '../time/units.ts';
import { openZone, type Zone } from '../time/zone.ts';
import type { ExposedTime } from './advisory-exposure.ts';
import { divideByPath, listBypasses, notePaths, type OnPaths, withoutKnownRelays } from './bypass.ts';
import { type AttemptFacts, buildAttemptedFindings, findOpenContacts, listControlFacts } from './control.ts';
import {
  buildFinding,
  type Found,
  listDays,
  listPhaseFindings,
  lowerSeverity,
  nameBreach,
  type Seen,
  type SeenUse,
  toSettled,
} from './finding.ts';
import type { HiddenTraffic } from './hidden-traffic.ts';
import { type BytesOfHost, buildLimitFacts, listMachinesInForce } from './limits.ts';
import { allRules, buildUse, isEvaluated, matchesProvider, matchesUse } from './match.ts';
import { matchTraffic } from './matched-traffic.ts';
import { findUnlistedServer, listRemoteMcp } from './mcp-findings.ts';
import { type EndsIn, findEnds, type Observed } from './observed.ts';
import { buildNoPaths } from './paths.ts';
import { findPhase, isEverInScope, listRulesAbove, type Phases, splitPhases } from './phases.ts';
import {
  addUp,
  hasUse,
  IDLE_PAYLOAD_BYTES,
  isAttempt,
  isSideActivity,
  mayMeet,
  sumRequests,
} from './rule-evidence.ts';
import { exemptsHost, hidesMembership, isExcluded, namesMacs, scopeIncludes } from './scope.ts';
import { listExposedServices, listServices } from './service-findings.ts';
import { listIdentities, type PolicySubject } from './subjects.ts';
import { summarizePolicy } from './summary.ts';
import { buildOptOut, type OptedOut } from './telemetry-sent.ts';
import { UnseenScope } from './unseen-scope.ts';
import { buildUploads } from './uploads.ts';

export interface PolicyResult {
  readonly findings: readonly Finding[];
  readonly rules: readonly RuleSummary[];
  /** The summary with its facts. */
  readonly summary: PolicySummary;
  readonly rulesOfDays: RulesOfDays;
}

/**
 * Evaluates every host against every rule, independent of the order of subjects. `observed` null: the caller needs
 * findings only, and the verdicts cover all time. Days are of `zone`, that of the report. `attemptFacts` null: the attempts
 * are unknown. `hidden` null: no hidden traffic is known.
 */
export function evaluate(
  policy: Policy,
  subjects: readonly PolicySubject[],
  observed: Observed | null = null,
  zone: Zone = openZone(policy.timezone),
  attemptFacts: AttemptFacts | null = null,
  hidden: HiddenTraffic | null = null,
): PolicyResult {
  const evaluation = new Evaluation(policy, { observed, zone, attemptFacts, hidden });
  for (const subject of subjects.toSorted((a, b) => compareHosts(a.identity.host, b.identity.host)))
    evaluation.add(subject);
  return evaluation.finish();
}

export interface EvaluationFacts {
  readonly observed: Observed | null;
  readonly zone: Zone;
  readonly attemptFacts: AttemptFacts | null;
  readonly hidden: HiddenTraffic | null;
}

/** Evaluates one host after the other, in any order, without keeping the rows of a host. */
export class Evaluation {
  readonly #policy: Policy;
  readonly #seeing: EvaluationFacts;
  readonly #rules: readonly Rule[];
  readonly #paths: readonly (OnPathsNoted | null)[];
  readonly #rulesOfDays: RulesOfDays;
  readonly #endsIn: EndsIn;
  readonly #unseen: readonly UnseenScope[];
  /** Facts of each host, one entry for each rule, in the order of the rules. */
  readonly #hosts: { readonly host: string; readonly ofRules: readonly (HostOfRule | null)[] }[] = [];

  constructor(policy: Policy, seeing: EvaluationFacts) {
    this.#policy = policy;
    this.#seeing = seeing;
    this.#rules = [...allRules(policy)];
    this.#paths = this.#rules.map(({ via }) => (via === null ? null : buildNoPaths()));
    this.#rulesOfDays = new RulesOfDays(seeing.zone);
    this.#endsIn = findEnds(seeing.observed);
    this.#unseen = this.#rules.map((rule) => new UnseenScope(policy, rule));
  }

  add(subject: PolicySubject): void {
    const policy = this.#policy;
    const identities = listIdentities(subject);
    if (identities.some((identity) => isExcluded(policy, identity))) return;
    const ofRules = this.#rules.map((rule, i) => {
      const unseen = this.#unseen[i];
      if (unseen?.isSeen === false)
        for (const machine of listMachinesInForce(rule, subject, this.#seeing.observed))
          unseen.addHost(machine);
      const isSelected = (identity: HostIdentity): boolean => isEverInScope(policy, rule, identity);
      if (identities.some(isSelected))
        return evaluateHost(policy, rule, subject, {
          zone: this.#seeing.zone,
          attemptFacts: this.#seeing.attemptFacts,
          endsIn: this.#endsIn,
          paths: this.#paths[i] ?? null,
          rulesOfDays: this.#rulesOfDays,
        });
      if (identities.some((identity) => hidesMembership(policy, rule.scope, identity))) return UNKNOWN;
      return subject.claimed !== undefined && isSelected(subject.claimed) ? CONTESTED : null;
    });
    this.#hosts.push({ host: subject.identity.host, ofRules });
  }

  finish(): PolicyResult {
    this.#hosts.sort((a, b) => compareHosts(a.host, b.host));
    const facts = this.#rules.map((rule, i) => this.#finishRule(rule, i));
    const findings = facts.flatMap((found) => found.findings);
    findings.sort(
      (a, b) => compareText(a.rule, b.rule) || compareHosts(a.host, b.host) || compareText(a.id, b.id),
    );
    const summary = summarizePolicy(facts);
    return { findings, rules: summary.rules, summary, rulesOfDays: this.#rulesOfDays };
  }

  #finishRule(rule: Rule, i: number): EvaluatedRule {
    const { observed, hidden } = this.#seeing;
    const parts = this.#hosts.flatMap(({ ofRules }) => ofRules[i] ?? []);
    const subjects = parts.flatMap(({ visible }) => visible ?? []);
    const listHosts = (isListed: HostOfRule): string[] =>
      this.#hosts.flatMap(({ host, ofRules }) => (ofRules[i] === isListed ? [host] : []));
    const hostsOfRule = {
      subjects,
      contested: listHosts(CONTESTED),
      pseudonyms: listHosts(UNKNOWN),
      notSeen: this.#unseen[i]?.list() ?? [],
    };
    return {
      rule,
      findings: parts.flatMap((part) => part.findings),
      open: parts.flatMap((part) => part.open),
      uses: parts.flatMap((part) => part.uses),
      unnamed: parts.flatMap((part) => part.unnamed),
      paths: this.#paths[i] ?? null,
      optOuts: parts.flatMap((part) => part.optOuts),
      limits: buildLimitFacts(this.#policy, rule, hostsOfRule, observed, hidden),
      control: parts.flatMap((part) => part.control),
    };
  }
}

type OnPathsNoted = ReturnType<typeof buildNoPaths>;

interface EvaluatedRule extends RuleFacts {
  readonly findings: readonly Finding[];
}

/** Facts of one rule about one host. */
interface HostOfRule
  extends Pick<EvaluatedRule, 'findings' | 'open' | 'uses' | 'unnamed' | 'optOuts' | 'control'> {
  /**
   * Null if it is unclear that the rule matches the host, because other machines claim the names that match, or a
   * pseudonym hides them.
   */
  readonly visible: BytesOfHost | null;
}

const NONE: readonly never[] = [];
const CONTESTED: HostOfRule = {
  findings: NONE,
  open: NONE,
  uses: NONE,
  unnamed: NONE,
  optOuts: NONE,
  control: NONE,
  visible: null,
};
const UNKNOWN: HostOfRule = { ...CONTESTED };

interface HostEvaluation extends Pick<EvaluationFacts, 'zone' | 'attemptFacts'> {
  readonly endsIn: EndsIn;
  readonly paths: OnPathsNoted | null;
  readonly rulesOfDays: RulesOfDays;
}

function evaluateHost(
  policy: Policy,
  rule: Rule,
  subject: PolicySubject,
  { zone, attemptFacts, endsIn, paths, rulesOfDays }: HostEvaluation,
): HostOfRule {
  const { host } = subject.identity;
  const matched = selectSeen(policy, rule, subject).map((seenUse): Seen => ({ subject, ...seenUse, zone }));
  // Only rules about tools govern the days of a tool.
  if (rule.match.mcp === undefined) rulesOfDays.add(rule, matched);
  const opted = rule.telemetry === null ? null : listOptOuts(policy, rule, matched, endsIn);
  const judged = opted?.map(({ seen }) => seen) ?? selectDenied(policy, rule, matched);
  const divided = rule.via === null ? null : divideByPath(policy, rule, rule.via, subject, matched, zone);
  if (paths !== null) for (const onPaths of divided ?? []) notePaths(paths, rule, onPaths);
  const gatewayRows =
    divided?.flatMap((onPaths) => [...onPaths.paths.gatewayRows]) ??
    opted?.flatMap(({ relayRows }) => [...relayRows]) ??
    [];
  const { identity, identities, activity } = withoutKnownRelays(policy, rule, subject, new Set(gatewayRows));
  const facts = {
    uses: (divided ?? judged.map((seen) => ({ seen }))).map((use) => buildUseFacts(rule, use)),
    unnamed: rule === policy.otherTools ? listUnnamed(policy, rule, subject) : NONE,
    optOuts: opted?.map(({ use }) => use) ?? NONE,
    visible: {
      identity,
      activity,
      ...omitUndefined({ identities, isSighted: subject.isSighted }),
      ...findOpenContacts(policy, rule, subject, attemptFacts),
    },
  };
  if (!isEvaluated(rule)) return { ...facts, findings: NONE, open: NONE, control: NONE };
  const doubts = listExceptionDoubts(policy, rule, subject);
  const all = withOwnIds(
    divided === null
      ? rule.telemetry === null && rule.upload === null
        ? listFindings(policy, rule, subject, matched, zone)
        : judged.flatMap((seen) => findingsOfTool(rule, seen))
      : divided.flatMap((onPaths) => listBypasses(rule, onPaths)),
  );
  const findings = all.map(({ found }) => {
    const doubted = doubts.reduce((result, [id, sentence]) => withDoubt(result, id, sentence), found);
    return withContradictions(withMachineDoubt(doubted, subject), subject);
  });
  const open = all.flatMap(({ found, isOpen }) => (isOpen ? [{ host: found.host, tool: found.tool }] : []));
  const isBroken = all.some(({ found: { result } }) => result === nameBreach(rule));
  if (!isBroken && rule.telemetry === null) open.push(...listUnknownCalls(policy, rule, subject, matched));
  if (!isBroken && rule.action === 'deny')
    open.push(...listUnseenCalls(rule, subject, matched, endsIn), ...listRelayed(policy, rule, subject));
  if (rule.match.advisories !== undefined)
    open.push(
      ...selectSeen(policy, rule, subject, 'undecided')
        .filter(({ phases }) => hasUse(rule, phases.quarters.after))
        .map(({ use }) => ({ host, tool: use.tool })),
    );
  if (rule.upload !== null)
    open.push(...matched.filter(isUnsized).map(({ use }) => ({ host, tool: use.tool })));
  if (attemptFacts === null || rule.action !== 'deny') return { ...facts, findings, open, control: NONE };
  const control = listControlFacts(policy, rule, subject, attemptFacts, zone);
  if (rule.also.attempted !== null && !isBroken)
    findings.push(...buildAttemptedFindings(rule, rule.also.attempted, control, subject));
  return { ...facts, findings, open, control };
}

/**
 * Gives each finding its own ID. A tool and the API of its vendor may share an ID of the catalogue and have a row each.
 * The finding gets the figures of the row that sent most, because the row of a possible tool may repeat the traffic of
 * the provider.
 */
function withOwnIds(all: readonly Found[]): Found[] {
  const byId = new Map<string, Found>();
  for (const candidate of all) {
    const { id, payloadUp } = candidate.found;
    const same = byId.get(id);
    const { found } = same === undefined || (payloadUp ?? 0) > (same.found.payloadUp ?? 0) ? candidate : same;
    byId.set(id, { found, isOpen: candidate.isOpen || same?.isOpen === true });
  }
  return [...byId.values()];
}

const MCP_SERVICES: ServiceMatch = { classes: ['mcp'], products: [], isExposed: false };

function selectSeen(
  policy: Policy,
  rule: Rule,
  subject: PolicySubject,
  exposedTime: ExposedTime = 'affected',
): SeenUse[] {
  const { services, mcp } = rule.match;
  if (mcp !== undefined) {
    const server = findUnlistedServer(subject, mcp);
    return [
      ...listRemoteMcp(policy, rule, subject, mcp),
      ...(server === null ? [] : listServices(policy, rule, server, MCP_SERVICES)),
    ];
  }
  return services === undefined
    ? [
        ...matchTraffic(policy, rule, subject, exposedTime),
        ...listExposedServices(policy, rule, subject, exposedTime),
      ]
    : listServices(policy, rule, subject);
}

/** True if a log does not count all bytes of the row, so that its uploads are a lower bound. */
const isUnsized = ({ use, phases }: Seen): boolean =>
  phases.quarters.after.length > 0 && use.withheld.some(({ field }) => field === 'bytesUp');

/** Returns the use that the rule denies; for a rule with a condition, the part that violates it. */
function selectDenied(policy: Policy, rule: Rule, matched: readonly Seen[]): readonly Seen[] {
  const { upload } = rule;
  return upload === null ? matched : matched.map((seen) => buildUploads(policy, rule, upload, seen));
}

/** Returns the telemetry of tools as use that the rule denies. Traffic with an API of other tools belongs to these. */
const listOptOuts = (policy: Policy, rule: Rule, matched: readonly Seen[], endsIn: EndsIn): OptedOut[] =>
  matched.filter(({ api }) => api === undefined).map((seen) => buildOptOut(policy, rule, seen, endsIn));

/**
 * Finds requests of an unknown program to an API. The program may be a tool that calls this API, if the tool runs on
 * the same runtime or was observed at that time. An earlier rule about the API does not govern a tool that a rule
 * names, but it governs the default, which covers everything without a rule. A tool that
 * shows nothing of its own may also have sent the calls of a known tool.
 */
function listUnknownCalls(
  policy: Policy,
  rule: Rule,
  subject: PolicySubject,
  matched: readonly Seen[],
): { host: string; tool: string }[] {
  if (rule.calls.size === 0) return [];
  const isOther = ({ use }: Pick<HostTool, 'use'>): boolean =>
    use.tool !== RELAY_ID && !matched.some((seen) => seen.use === use);
  const listCalls = (tools: readonly HostTool[]): Pick<HostTool, 'use' | 'quarters'>[] =>
    tools.filter(isOther).map(({ use, quarters }) => ({
      use,
      quarters: quarters.filter((quarter) => hasUse(MODEL_USE, [quarter])),
    }));
  const ofUnknown = listCalls(subject.providers);
  const listOfKnown = (): ReturnType<typeof listCalls> =>
    listCalls(subject.tools.filter(isOther).flatMap(({ apis = [] }) => apis.map(({ part }) => part)));
  const isNear = (tool: string, after: readonly UsageQuarter[]): boolean => {
    const starts = matched
      .filter(({ use, api }) => api === undefined && use.tool === tool)
      .flatMap(({ phases }) => phases.quarters.after.map(({ startSeconds }) => startSeconds));
    return after.some(({ startSeconds }) =>
      starts.some((at) => Math.abs(at - startSeconds) <= QUARTER_SECONDS),
    );
  };
  const mayCall = (tool: RuleTool, { runtimes, names, minUp, isUnmarked }: CallsOfTool): boolean =>
    // The default would be undecided wherever a permitted tool calls an API.
    (isUnmarked && rule !== policy.otherTools ? [...ofUnknown, ...listOfKnown()] : ofUnknown).some(
      ({ use, quarters }) => {
        const isCalled = ({ name }: { readonly name: string }): boolean =>
          names?.some((pattern) => matchesGlob(pattern, name, 1)) === true;
        if (names !== null && !use.names.some(isCalled)) return false;
        const caller = rule === policy.otherTools ? { use } : buildUse(tool);
        const { after } = splitPhases(policy, rule, subject, { ...caller, quarters }).quarters;
        return (
          after.some(({ payloadUp }) => payloadUp >= minUp) &&
          mayMeet(rule, { requests: sumRequests(after) }) &&
          (mayRunOn(runtimes, use) || isNear(tool.id, after))
        );
      },
    );
  return rule.subjects.flatMap((tool) => {
    if (!('id' in tool)) return [];
    const calls = rule.calls.get(tool.id);
    const isOpen = calls !== undefined && mayCall(tool, calls);
    return isOpen ? [{ host: subject.identity.host, tool: tool.id }] : [];
  });
}

/**
 * Requests like those to a model that went to names of no catalogue: each program that may run on the runtime of a suspected
 * relay may have sent them, and any program those without a row.
 */
function listRelayed(policy: Policy, rule: Rule, subject: PolicySubject): { host: string; tool: string }[] {
  const relays = subject.providers.filter(({ use }) => use.tool === RELAY_ID);
  const unnamed = subject.activity.filter(({ relayedBytes }) => relayedBytes > 0);
  if (relays.length + unnamed.length === 0 || policy.attest.relays === 'ignored') return [];
  return rule.subjects.flatMap((tool) => {
    const runtimes = 'id' in tool ? rule.programs.get(tool.id) : undefined;
    if (!('id' in tool) || runtimes === undefined) return [];
    const program = buildUse(tool);
    const mayHaveSent = ({ use, quarters }: HostTool): boolean => {
      const { after } = splitPhases(policy, rule, subject, { ...program, quarters }).quarters;
      return (
        mayRunOn(runtimes, use) && hasUse(rule, after) && mayMeet(rule, { requests: sumRequests(after) })
      );
    };
    const isOpen =
      relays.some(mayHaveSent) ||
      unnamed.some(({ startSeconds }) => findPhase(policy, rule, subject, program, startSeconds) === 'after');
    return isOpen ? [{ host: subject.identity.host, tool: tool.id }] : [];
  });
}

const MODEL_USE: Pick<Rule, 'evidence'> = {
  evidence: { confidence: 'possible', roles: ['inference'], minRequests: 1, minActiveMinutes: 0 },
};

/** True if the runtimes match or are unknown: logs may have no hello, and new builds of a runtime have a new one. */
const mayRunOn = (labels: CallsOfTool['runtimes'], { fingerprints }: ToolUse): boolean =>
  labels === null ||
  fingerprints.length === 0 ||
  fingerprints.some(({ runtime }) => runtime === null || labels.includes(runtime));

/**
 * Finds a tool without observed use whose requests may count for another tool in the same quarter hour, or may be in
 * connections that began before the capture or continue after it. It is unknown what a working tool did after the
 * observation ended.
 */
function listUnseenCalls(
  rule: Rule,
  { identity, activity }: PolicySubject,
  matched: readonly Seen[],
  endsIn: EndsIn,
): { host: string; tool: string }[] {
  const partial = new Set(
    activity
      .filter(({ joinedBytes, isCutOff }) => joinedBytes > IDLE_PAYLOAD_BYTES || isCutOff)
      .map(({ startSeconds }) => startSeconds),
  );
  const mayHaveSent = ({ phases: { quarters } }: Seen): boolean => {
    const { requests } = addUp(rule, quarters.after);
    if (requests !== null && requests.max > 0 && requests.max >= rule.evidence.minRequests) return true;
    return quarters.after.some(
      (quarter) =>
        partial.has(quarter.startSeconds) ||
        (quarter.confidence !== 'possible' && quarter.payloadUp > 0 && endsIn(quarter)),
    );
  };
  return matched.filter(mayHaveSent).map(({ use }) => ({ host: identity.host, tool: use.tool }));
}

/** Lists unknown programs that called an API, for the default rule: the program may be a tool. */
const listUnnamed = (policy: Policy, rule: Rule, subject: PolicySubject): { host: string; tool: string }[] =>
  subject.providers
    .filter((row) => !matchesProvider(rule.match, { id: row.use.tool, kind: row.use.kind }))
    .filter((row) => hasUse(rule, splitPhases(policy, rule, subject, row).quarters.after))
    .map(({ use }) => ({ host: subject.identity.host, tool: use.tool }));

function isUnproven(tool: Pick<HostTool, 'evidenceIn'>, quarters: readonly UsageQuarter[]): boolean {
  if (quarters.length === 0) return false;
  const items = tool.evidenceIn?.(new Set(quarters.map(({ startSeconds }) => startSeconds)), DOUBTS);
  return items?.some(({ rule }) => DOUBTS.has(rule)) === true;
}

const NO_PHASES: Phases = { quarters: { before: [], grace: [], after: [], exempt: [] }, exception: null };

/** For a rule with a required path, uses only the traffic that did not take it. */
function buildUseFacts(
  rule: Rule,
  { seen, around = seen }: Pick<OnPaths, 'seen'> & Partial<OnPaths>,
): UseFacts {
  const { subject, use, zone } = seen;
  const {
    tool,
    phases: { quarters },
  } = around ?? { tool: seen.tool, phases: NO_PHASES };
  const { announced } = rule;
  const early = quarters.before.filter(({ startSeconds }) => announced !== null && startSeconds < announced);
  const before = addUp(rule, quarters.before);
  return {
    host: subject.identity.host,
    tool: use.tool,
    isBeforeAnnounced: addUp(rule, early).qualifies,
    before: before.qualifies ? listDays(zone, before.quarters) : [],
    isSeen: Object.values(seen.phases.quarters).some((list) => hasUse(rule, list)),
    isUnproven: isUnproven(tool, quarters.after),
    isInForce: addUp(rule, [...quarters.grace, ...quarters.after, ...quarters.exempt]).qualifies,
  };
}

/**
 * Lists exceptions that were not applied, with the reason. The MAC of the host is unknown, so that it may be one of the
 * listed machines. A pseudonym hides the attribute, also for earlier allow rules. Or only a host name matches, which
 * any machine can announce.
 */
function listExceptionDoubts(
  policy: Policy,
  rule: Rule,
  subject: PolicySubject,
): readonly (readonly [rule: string, sentence: Sentence])[] {
  const identities = listIdentities(subject);
  const list = (isSelected: (scope: Scope) => boolean): string =>
    policy.exceptions
      .filter((item) => item.rule === rule.id && isSelected(item.scope))
      .map(({ id }) => id)
      .join(', ');
  const isHidden = (scope: Scope): boolean =>
    identities.some(
      (identity) => hidesMembership(policy, scope, identity) && !exemptsHost(policy, scope, identity),
    );
  const uses = rule.subjects.map(buildUse);
  const above = listRulesAbove(policy, rule)
    .filter(({ action, scope }) => action !== 'deny' && isHidden(scope))
    .filter(({ match }) => uses.some((use) => matchesUse(match, use)));
  const hiding = list((scope) => !namesMacs(policy, scope) && isHidden(scope));
  const byPseudonym = [hiding, ...above.map(({ id }) => id)].filter((ids) => ids !== '').join(', ');
  const isKnown = identities.every(({ mac }) => mac !== null);
  const byMac = list((scope) => !isKnown && namesMacs(policy, scope));
  const byName = list(
    (scope) =>
      identities.some((identity) => scopeIncludes(policy, scope, identity)) &&
      !identities.some((identity) => exemptsHost(policy, scope, identity)),
  );
  const doubts = [
    [byMac, 'exception-by-mac', 'exceptionByMac'],
    [byPseudonym, 'exception-by-pseudonym', 'exceptionByPseudonym'],
    [byName, 'exception-by-name', 'exceptionByName'],
  ] as const;
  return doubts.flatMap(([name, id, key]) => (name === '' ? [] : [[id, phrase(key, { name })] as const]));
}

/** Adds doubt if several machines used the address, because each of them may be the subject. */
function withMachineDoubt(found: Finding, { isOfSeveral }: PolicySubject): Finding {
  if (isOfSeveral !== true) return found;
  return withDoubt(found, 'several-machines', phrase('severalMachines'));
}

/** Adds contradictory messages as doubt, to exempt use too. */
function withContradictions(found: Finding, { contradictions = [] }: PolicySubject): Finding {
  return contradictions.reduce((doubted, sentence) => addContradiction(doubted, CLAIMS, sentence), found);
}

/** Adds evidence against a finding as a whole, except to an exempt one. */
function withDoubt(found: Finding, rule: string, sentence: Sentence): Finding {
  return found.result === 'exempt' ? found : addContradiction(found, rule, sentence);
}

function addContradiction(found: Finding, rule: string, sentence: Sentence): Finding {
  const { first, last } = found;
  const doubt: EvidenceItem = {
    kind: 'network',
    rule,
    ...asDetail(sentence),
    for: false,
    first,
    last,
    flows: 0,
    communityIds: [],
  };
  return { ...found, against: [...found.against, doubt] };
}

function listFindings(
  policy: Policy,
  rule: Rule,
  subject: PolicySubject,
  matched: readonly Seen[],
  zone: Zone,
): Found[] {
  const all: Found[] = [];
  for (const seen of matched) all.push(...findingsOfTool(rule, seen));
  const isSettled = all.some(({ found: { result } }) => result === 'violation' || result === 'suspected');
  if (isSettled) return all;
  const hint = subject.providers
    .concat(subject.tools)
    .filter((tool) => !matched.some(({ use }) => use === tool.use))
    .filter((tool) => rule.related.includes(tool.use.tool) || isUnseenAgent(rule, tool))
    .map((tool): Seen => {
      const { use } = tool;
      return { subject, use, tool, whole: tool, phases: splitPhases(policy, rule, subject, tool), zone };
    })
    .find((seen) => hasUse(rule, seen.phases.quarters.after));
  if (hint !== undefined) {
    const severity =
      hint.use.tool === RELAY_ID ? (rule.also.relaySuspected ?? 'low') : lowerSeverity(rule.severity);
    const sum = addUp(rule, hint.phases.quarters.after);
    const found = buildFinding(rule, hint, 'suspected', severity, sum);
    all.push({ found, isOpen: isUnseenAgent(rule, hint.tool) && mayMeet(rule, sum) });
  }
  return all;
}

/** True for traffic of an unknown program with an API of the vendor, or with a suspected relay. */
function isUnseenAgent({ match, also }: Rule, { use }: Pick<HostTool, 'use'>): boolean {
  return match.vendors.includes(use.vendor) || (use.tool === RELAY_ID && also.relaySuspected !== null);
}

function findingsOfTool(rule: Rule, seen: Seen): Found[] {
  const { grace, after } = seen.phases.quarters;
  const all = listPhaseFindings(rule, seen);
  const inForce = [...grace, ...after];
  if (!hasUse(rule, inForce) && inForce.some((quarter) => quarter.confidence !== 'possible')) {
    const side = buildSideActivity(rule, inForce) ?? buildAttempt(rule, after);
    if (side !== null)
      all.push(toSettled(buildFinding(rule, seen, side.result, side.severity, addUp(rule, side.quarters))));
  }
  return all;
}

/** Suspected use and its quarter hours. */
interface Side {
  readonly result: 'suspected' | 'telemetryOnly' | 'updateOnly';
  readonly severity: Severity;
  readonly quarters: readonly UsageQuarter[];
}

/** The tool ran and called the name of its model, but no request was completed. */
function buildAttempt(rule: Rule, quarters: readonly UsageQuarter[]): Side | null {
  const tried = quarters.filter((quarter) => quarter.confidence !== 'possible' && isAttempt(rule, quarter));
  return tried.length === 0 ? null : { result: 'suspected', severity: 'low', quarters: tried };
}

/** Update checks or telemetry without any use. They create a finding only if the rule includes them. */
function buildSideActivity(rule: Rule, quarters: readonly UsageQuarter[]): Side | null {
  for (const [role, result, severity] of [
    ['update', 'updateOnly', rule.also.updateOnly],
    ['telemetry', 'telemetryOnly', rule.also.telemetryOnly],
  ] as const) {
    const seen = quarters.filter((quarter) => isSideActivity(role, quarter));
    if (severity !== null && seen.length > 0) return { result, severity, quarters: seen };
  }
  return null;
}

/**
 * Makes figures unknown in findings if they are unknown in the row of the tool: no observed request does not prove that
 * there was none.
 */
export function withKnownFigures(
  findings: readonly Finding[],
  rows: readonly Pick<HostReport, 'host' | 'tools' | 'providers'>[],
): Finding[] {
  const byHost = new Map(rows.map((row) => [row.host, row]));
  return findings.map((finding) => {
    const host = byHost.get(finding.host);
    const row = [...(host?.tools ?? []), ...(host?.providers ?? [])].find(
      ({ tool }) => tool === finding.tool,
    );
    if (row === undefined) return finding;
    const isUnsized = finding.payloadUp === 0 && row.withheld.some(({ field }) => field === 'payloadUp');
    return {
      ...finding,
      ...(row.requests === null ? { requests: null, activeMinutes: null } : {}),
      ...(isUnsized ? { payloadUp: null } : {}),
    };
  });
}

// States which rules govern each day of a row of the report. The evaluation computes it once for all views.

type RulesOfDay = Pick<ToolDay, 'rules' | 'upcomingRules'>;

class RulesOfDays {
  readonly #zone: Zone;
  /** Rules by host and tool, then by day. */
  readonly #uses = new Map<string, Map<string, RulesOfDay>>();
  readonly #hosts = new Set<string>();

  constructor(zone: Zone) {
    this.#zone = zone;
  }

  /** Must be called with the rules in the order of the policy. `uses`: use that the rule matches. */
  add({ id }: Rule, uses: readonly Pick<Seen, 'subject' | 'use' | 'phases'>[]): void {
    for (const { subject, use, phases } of uses) {
      const { before, grace, after, exempt } = phases.quarters;
      const key = useKey(subject.identity.host, use.tool);
      const days = this.#uses.get(key) ?? new Map<string, RulesOfDay>();
      this.#uses.set(key, days);
      this.#hosts.add(subject.identity.host);
      const note = (field: keyof RulesOfDay, day: string): void => {
        const existing = days.get(day);
        if (existing?.[field]?.includes(id) !== true)
          days.set(day, { ...existing, [field]: [...(existing?.[field] ?? []), id] });
      };
      for (const day of listDays(this.#zone, [...grace, ...after, ...exempt])) note('rules', day);
      for (const day of listDays(this.#zone, before)) note('upcomingRules', day);
    }
  }

  /** Returns false if no row of the host has rules. */
  has(host: string): boolean {
    return this.#hosts.has(host);
  }

  /** Returns the rows of a host with the rules of their days. */
  noteIn(host: string, uses: readonly ToolUse[]): readonly ToolUse[] {
    return uses.map((use) => {
      const rules = this.#uses.get(useKey(host, use.tool));
      return rules === undefined
        ? use
        : { ...use, days: use.days.map((day) => ({ ...day, ...rules.get(day.date) })) };
    });
  }
}

const useKey = (host: string, tool: string): string => `${host}\n${tool}`;
