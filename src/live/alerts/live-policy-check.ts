// LivePolicyCheck: checks the windows of the day against a policy as they close. It raises each finding once per day and corrects
// it if later windows lower its severity.

import { attribute } from '../../attribution/attribute.ts';
import { BREACHES, type FindingResult } from '../../model/findings.ts';
import type { Finding, PolicyHeader, ReportDocument } from '../../model/report.ts';
import { PROVISIONAL_SECONDS } from '../../model/sensor.ts';
import type { UsageWindow } from '../../model/usage.ts';
import { evaluate, withKnownFigures } from '../../policy/evaluate.ts';
import { withServices } from '../../policy/host-services.ts';
import { buildNetworkFacts, buildSubjects, createSubjectBuilder } from '../../policy/subjects.ts';
import { buildReport } from '../../report/document/document.ts';
import { withOpenFinding } from '../../report/document/open-requests.ts';
import { provisionalUntil } from '../../report/document/provisional.ts';
import { pseudonymizeReport } from '../../report/document/pseudonymize.ts';
import { statsOfWindows } from '../../report/document/window-totals.ts';
import { renderEve, renderEveCorrection } from '../../report/format/eve.ts';
import {
  type Correction,
  describeCorrection,
  describeFinding,
  provisionalWords,
} from '../../report/format/events.ts';
import { plural } from '../../text/quantity.ts';
import { formatInstant } from '../../time/instant.ts';
import { US } from '../../time/units.ts';
import { openZone, type Zone } from '../../time/zone.ts';
import { removeOutsideHosts } from '../../window/sensor-networks.ts';
import { limitRows, listShares, type ShareSize } from '../../window/split-by-host.ts';
import { WindowBuffer, withUsersOnly } from '../../window/window-buffer.ts';
import type { LivePolicy } from '../sensor-rules.ts';
import { WorkPacer } from '../work-pacer.ts';
import type { Alert } from './sinks.ts';

/** A day has up to 25 hours, at the end of daylight saving time. */
const QUARTERS_OF_A_DAY = 100;
/** Results by rising severity: a finding is raised again if its severity rises. Exempt uses are not raised. */
const SEVERITY_ORDER: readonly FindingResult[] = [
  'updateOnly',
  'telemetryOnly',
  'suspected',
  'grace',
  ...BREACHES.toReversed(),
];
/** Evidence takes about 10 kB per host during evaluation. No packets are read meanwhile, so a share takes about 0.1 s. */
const AT_ONCE: ShareSize = { hosts: 512, entries: 2048 };
/** Maximum rows and queried names of one host per day: busy developers have some hundred. */
const MAX_ROWS_OF_HOST = 2048;
/** Maximum hosts per day that are reported for exceeding MAX_ROWS_OF_HOST. */
const MAX_CUT_HOSTS = 20;
/** Findings are reported as late if the evaluation of new windows takes this long: windows of a minute close faster. */
const LATE_MS = 60_000;
/** Maximum findings per day: as many as a window has hosts. A finding takes 250 bytes here and 1.4 kB in the outbox. */
const MAX_RAISED = 65_536;

export interface LivePolicyCheckOptions {
  readonly sensor: string;
  readonly wiretally: string;
  /** Null: hosts keep their addresses. */
  readonly pseudonymOf: ((host: string) => string) | null;
  /** Resolves when the alert is on disk; the next hosts are evaluated after that. */
  readonly raise: (alert: Alert, policySha256: string) => Promise<void>;
  /** Tells whether an alert of this id was raised before, also by an earlier run. */
  readonly wasRaised: (id: string, policySha256: string) => boolean;
  readonly print: (text: string) => void;
  /** Maximum findings per day (default: 65,536). */
  readonly maxRaised?: number;
}

/** Maximum corrections of a finding per day, because its severity may alternate. Reports have the final result. */
const MAX_CORRECTIONS = 2;
/** Rank of the absence of a finding. */
const NOTHING = -1;

/** The last finding of a rule, a host and a tool. */
interface Raised {
  readonly rule: string;
  readonly host: string;
  readonly tool: string;
  /** Index into SEVERITY_ORDER; below 0 after the finding was withdrawn. */
  rank: number;
  corrections: number;
  /** An earlier run raised it on this day, from windows that this run does not have. */
  readonly isOfEarlierRun: boolean;
  /** Unix seconds; null once it has a final state. */
  provisionalUntil: number | null;
  /** The policy is the one under which the finding was raised: its later states go to the same receivers. */
  readonly ruleHeader: PolicyHeader['rules'][number];
  readonly policySha256: string;
}

interface Day {
  readonly date: string;
  readonly raised: Map<string, Raised>;
  /** True once a finding was left out. */
  isFull: boolean;
  /** True once findings were late. */
  isLate: boolean;
  /** Hosts of which not every row was evaluated. */
  readonly cut: Set<string>;
}

/** Findings of one check of the windows share these. */
interface Frame {
  readonly day: Day;
  readonly livePolicy: LivePolicy;
  readonly document: ReportDocument;
}

/** Lists hosts that use a name or run a service. */
const listHosts = (windows: readonly UsageWindow[]): ReadonlySet<string> =>
  new Set(
    windows.flatMap(({ rows, queriedNames, services = [] }) => [
      ...[...rows, ...queriedNames].map(({ host }) => host),
      ...services.map(({ server }) => server),
    ]),
  );

export class LivePolicyCheck {
  readonly #options: LivePolicyCheckOptions;
  readonly #buffer = new WindowBuffer(QUARTERS_OF_A_DAY);
  /** Hosts with new facts since their last evaluation. */
  readonly #changed = new Set<string>();
  #livePolicy: LivePolicy;
  #zone: Zone;
  #day: Day = buildDay('');
  /** Past days with provisional findings that are not confirmed yet. */
  #endedDays: Day[] = [];
  #lastSeconds = 0;
  /** Start of the latest window. Requests are final if their tool was silent for long enough before this time. */
  #settledSeconds = 0;
  #work: Promise<void> | null = null;
  readonly #breath = new WorkPacer();

  constructor(livePolicy: LivePolicy, options: LivePolicyCheckOptions) {
    this.#options = options;
    this.#livePolicy = livePolicy;
    this.#zone = openZone(livePolicy.policy.timezone);
  }

  /** Takes closed windows with real host addresses. They are evaluated soon, some hosts at a time. */
  add(windows: readonly UsageWindow[]): void {
    const last = windows.at(-1);
    // Later revisions of a past day appear only in its report.
    if (last === undefined || this.#zone.dayOf(last.startSeconds) < this.#day.date) return;
    this.#lastSeconds = last.startSeconds + last.lengthSeconds;
    this.#settledSeconds = last.startSeconds;
    const date = this.#zone.dayOf(last.startSeconds);
    if (date !== this.#day.date) {
      this.#endedDays.push(this.#day);
      this.#day = buildDay(date);
      this.#buffer.forgetBefore(this.#zone.startOfDay(date));
    }
    // Only hosts that use a name or run a service can have findings.
    const users = windows
      .filter((window) => this.#zone.dayOf(window.startSeconds) === date)
      .map(withUsersOnly);
    const hadForgotten = this.#buffer.hasForgotten;
    this.#buffer.add(users);
    if (this.#buffer.hasForgotten && !hadForgotten)
      this.#options.print('the buffer of a day is full: findings use its last hours');
    this.#evaluateSoon(users);
  }

  /** Applies another policy or catalogue, and evaluates the day so far again. */
  setPolicy(livePolicy: LivePolicy): void {
    this.#livePolicy = livePolicy;
    this.#zone = openZone(livePolicy.policy.timezone);
    this.#evaluateSoon(this.#buffer.all());
  }

  /** Resolves when all added windows are evaluated and their findings are on disk. No packets are received meanwhile. */
  async settled(): Promise<void> {
    this.#breath.isHurried = true;
    while (this.#work !== null) await this.#work;
    this.#breath.isHurried = false;
  }

  /** Evaluates all added windows, then gives provisional findings their final state, because no window follows. */
  async end(): Promise<void> {
    await this.settled();
    for (const day of [...this.#endedDays, this.#day])
      for (const raised of day.raised.values())
        if (raised.provisionalUntil !== null) await this.#leaveUnconfirmed(raised, day);
  }

  async #leaveUnconfirmed(raised: Raised, day: Day): Promise<void> {
    raised.provisionalUntil = null;
    await this.#options.raise(this.#unconfirmed(raised, day), raised.policySha256);
  }

  #evaluateSoon(windows: readonly UsageWindow[]): void {
    for (const host of listHosts(windows)) this.#changed.add(host);
    this.#work ??= this.#evaluateChanged().finally(() => {
      this.#work = null;
    });
  }

  async #evaluateChanged(): Promise<void> {
    while (this.#changed.size > 0) {
      const [day, livePolicy, zone] = [this.#day, this.#livePolicy, this.#zone];
      const hosts = [...this.#changed];
      this.#changed.clear();
      const startMs = performance.now();
      this.#breath.begin();
      const { windows, leftOut } = limitRows(this.#buffer.all(), MAX_ROWS_OF_HOST);
      this.#reportCut(day, leftOut);
      const network = buildNetworkFacts(windows);
      const frame = { day, livePolicy, document: this.#buildFrame(windows) };
      const { networks = null } = livePolicy;
      await this.#breath.take();
      for (const share of listShares(windows, hosts, AT_ONCE)) {
        const attributions = attribute(share, livePolicy.catalogue, { zone, networks });
        const ofSensors = removeOutsideHosts(networks, share);
        const making = createSubjectBuilder(ofSensors, livePolicy.groupsOf, network);
        const subjects = buildSubjects(withServices(making, ofSensors, livePolicy.groupsOf), attributions);
        const findings = withKnownFigures(
          evaluate(livePolicy.policy, subjects).findings,
          attributions.map(({ host, tools, providers }) => ({
            host,
            tools: tools.map(({ use }) => use),
            providers: providers.map(({ use }) => use),
          })),
        );
        const evaluated = listHosts(share);
        await Promise.all(findings.map((finding) => this.#raiseOnce(finding, frame)));
        await Promise.all(
          this.#lighter(evaluated, findings, frame).map(([alert, policySha256]) =>
            this.#options.raise(alert, policySha256),
          ),
        );
        // Packets are read between two shares.
        await this.#breath.take();
      }
      this.#reportLate(day, performance.now() - startMs);
    }
    await this.#confirm();
  }

  /** Confirms provisional findings after their time has passed, also for hosts without new windows. */
  async #confirm(): Promise<void> {
    const livePolicy = this.#livePolicy;
    const endedDays = this.#endedDays.splice(0);
    const rules = new Map(livePolicy.header.rules.map((rule) => [rule.id, rule]));
    for (const day of [...endedDays, this.#day]) {
      for (const raised of day.raised.values()) {
        const { provisionalUntil, rank } = raised;
        const isDue = endedDays.includes(day) || this.#lastSeconds >= (provisionalUntil ?? 0);
        if (provisionalUntil === null || !isDue) continue;
        const [rule, result] = [rules.get(raised.rule), SEVERITY_ORDER[rank]];
        if (rule === undefined || result === undefined) {
          await this.#leaveUnconfirmed(raised, day);
          continue;
        }
        raised.provisionalUntil = null;
        const confirmation = this.#buildCorrection(raised, { rule, was: result, result }, day);
        await this.#options.raise(confirmation, raised.policySha256);
      }
    }
  }

  /** Reports each host with too many rows once per day, up to MAX_CUT_HOSTS. */
  #reportCut({ cut, date }: Day, leftOut: ReadonlyMap<string, number>): void {
    const { print, pseudonymOf } = this.#options;
    for (const [host, rows] of leftOut) {
      if (cut.has(host) || cut.size > MAX_CUT_HOSTS) continue;
      cut.add(host);
      print(
        cut.size > MAX_CUT_HOSTS
          ? `further hosts have more names on ${date} than live findings use: a report contains all`
          : `${pseudonymOf?.(host) ?? host}: live findings use ${MAX_ROWS_OF_HOST} of its rows (answered rows first, then largest payload); ` +
              `${rows} more are only in a report`,
      );
    }
  }

  #reportLate(day: Day, tookMs: number): void {
    if (day.isLate || tookMs < LATE_MS) return;
    day.isLate = true;
    this.#options.print(
      `findings are delayed: it takes ${Math.round(tookMs / 1000)} s to evaluate the hosts of the windows that came`,
    );
  }

  async #raiseOnce(finding: Finding, { day, livePolicy, document }: Frame): Promise<void> {
    const rank = SEVERITY_ORDER.indexOf(finding.result);
    if (rank < 0) return;
    const key = getKey(finding);
    const before = day.raised.get(key);
    if ((before?.rank ?? NOTHING) >= rank) return;
    const { maxRaised = MAX_RAISED } = this.#options;
    if (before === undefined && day.raised.size >= maxRaised) {
      if (!day.isFull)
        this.#options.print(
          `${plural(maxRaised, 'finding')} ${maxRaised === 1 ? 'was' : 'were'} raised on ${day.date}; a report contains the others of this day`,
        );
      day.isFull = true;
      return;
    }
    const { rule, host, tool } = finding;
    const corrections = before?.corrections ?? 0;
    const until = provisionalUntil(finding, this.#lastSeconds);
    const ruleHeader = livePolicy.header.rules.find(({ id }) => id === rule);
    if (ruleHeader === undefined) return;
    const policySha256 = livePolicy.header.sha256;
    const dated = until === null ? finding : { ...finding, provisionalUntil: formatInstant(until * US) };
    const single = this.#buildDocument(withOpenFinding(dated, this.#settledSeconds), document);
    const [shown = finding] = single.findings ?? [];
    const raised = {
      rule,
      host,
      tool,
      rank,
      corrections,
      ruleHeader,
      policySha256,
      provisionalUntil: until,
      isOfEarlierRun: before?.isOfEarlierRun ?? this.#wasRaised(shown, day, policySha256),
    };
    day.raised.set(key, raised);
    const toolName = livePolicy.catalogue.toolName(finding.tool);
    const alert = {
      id: `${shown.id}/${day.date}${corrections === 0 ? '' : `/${corrections}`}`,
      time: shown.last,
      severity: shown.severity,
      line: [...renderEve(single)].join('').trimEnd(),
      text: `${shown.severity}: ${describeFinding(shown, toolName)}, last seen ${shown.last}${provisionalWords(shown)}`,
      subject: this.#findSubject(raised, day),
      ...(until === null ? {} : { atStop: this.#unconfirmed(raised, day) }),
    };
    await this.#options.raise(alert, policySha256);
  }

  /** With any result: an earlier run may have seen more. */
  #wasRaised({ id, result }: Finding, { date }: Day, policySha256: string): boolean {
    const subject = id.slice(0, id.length - result.length);
    return SEVERITY_ORDER.some((other) =>
      this.#options.wasRaised(`${subject}${other}/${date}`, policySha256),
    );
  }

  /**
   * Raises a finding once per day; again if its severity rises; corrects it at most twice if it falls; removed rules,
   * evicted windows and those of an earlier run cause no correction.
   */
  #lighter(
    hosts: ReadonlySet<string>,
    findings: readonly Finding[],
    { day, livePolicy }: Frame,
  ): [alert: Alert, policySha256: string][] {
    if (this.#buffer.hasForgotten) return [];
    const now = new Map<string, FindingResult>();
    for (const { result, ...finding } of findings) {
      const existing = now.get(getKey(finding));
      if (existing === undefined || SEVERITY_ORDER.indexOf(result) > SEVERITY_ORDER.indexOf(existing))
        now.set(getKey(finding), result);
    }
    const rules = new Map(livePolicy.header.rules.map((rule) => [rule.id, rule]));
    const alerts: [Alert, string][] = [];
    for (const [key, raised] of day.raised) {
      if (!hosts.has(raised.host) || raised.isOfEarlierRun) continue;
      const rule = rules.get(raised.rule);
      const result = now.get(key) ?? null;
      const rank = result === null ? NOTHING : SEVERITY_ORDER.indexOf(result);
      const was = SEVERITY_ORDER[raised.rank];
      if (rule === undefined || was === undefined) continue;
      if (rank >= raised.rank || raised.corrections >= MAX_CORRECTIONS) continue;
      raised.rank = rank;
      raised.corrections++;
      if (raised.provisionalUntil !== null)
        raised.provisionalUntil = result === null ? null : this.#lastSeconds + PROVISIONAL_SECONDS;
      alerts.push([this.#buildCorrection(raised, { rule, was, result }, day), raised.policySha256]);
    }
    return alerts;
  }

  #shownHost({ host }: Raised): string {
    return this.#options.pseudonymOf?.(host) ?? host;
  }

  #findSubject(raised: Raised, { date }: Day): string {
    return `${raised.rule}/${this.#shownHost(raised)}/${raised.tool}/${date}`;
  }

  #unconfirmed(raised: Raised, day: Day): Alert {
    const was = SEVERITY_ORDER[raised.rank] ?? 'suspected';
    return this.#buildCorrection(
      raised,
      { rule: raised.ruleHeader, was, result: was, isUnconfirmed: true },
      day,
    );
  }

  #buildCorrection(
    raised: Raised,
    change: Pick<Correction, 'rule' | 'was' | 'result' | 'isUnconfirmed'>,
    day: Day,
  ): Alert {
    const { tool, corrections } = raised;
    const host = this.#shownHost(raised);
    const state =
      change.isUnconfirmed === true
        ? 'unconfirmed'
        : change.was === change.result
          ? 'confirmed'
          : 'corrected';
    const correction: Correction = {
      ...change,
      id: `${raised.rule}/${change.rule.rev}/${host}/${tool}/${state}/${day.date}/${corrections}`,
      host,
      tool,
      toolName: this.#livePolicy.catalogue.toolName(tool),
      time: formatInstant(this.#lastSeconds * US),
    };
    const { id, time } = correction;
    const line = renderEveCorrection(correction).trimEnd();
    const text = describeCorrection(correction);
    const isStillOpen = change.isUnconfirmed !== true && raised.provisionalUntil !== null;
    return {
      id,
      time,
      severity: 'info',
      line,
      text,
      subject: this.#findSubject(raised, day),
      ...(isStillOpen ? { atStop: this.#unconfirmed(raised, day) } : {}),
    };
  }

  #buildFrame(windows: readonly UsageWindow[]): ReportDocument {
    const { catalogue, policy, header } = this.#livePolicy;
    return {
      ...buildReport({
        attributions: [],
        windows: [],
        captures: [],
        stats: statsOfWindows(windows),
        coverage: [],
        recordsFrom: null,
        recordsUntil: null,
        wiretally: this.#options.wiretally,
        catalogue: catalogue.version,
        command: 'watch',
        timezone: policy.timezone,
        generated: null,
      }),
      sensor: this.#options.sensor,
      policy: header,
    };
  }

  /** Builds a report document that contains only this finding: all outputs are made from report documents. */
  #buildDocument(finding: Finding, frame: ReportDocument): ReportDocument {
    const generated = formatInstant(Date.parse(finding.last) * 1000);
    const document = { ...frame, generated, findings: [finding] };
    const { pseudonymOf } = this.#options;
    return pseudonymOf === null ? document : pseudonymizeReport(document, pseudonymOf);
  }
}

function buildDay(date: string): Day {
  return { date, raised: new Map(), isFull: false, isLate: false, cut: new Set() };
}

function getKey({ rule, host, tool }: Pick<Finding, 'rule' | 'host' | 'tool'>): string {
  return `${rule}\n${host}\n${tool}`;
}
