// LivePolicyCheck: holds the windows of the day against a policy as they close, and raises each finding once a day,
// and corrects it where the rest of the day says less.

import { setImmediate } from 'node:timers/promises';
import { attribute } from '../../attribution/attribute.ts';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { Policy } from '../../model/policy.ts';
import type { Finding, FindingResult, PolicyHeader, ReportDocument } from '../../model/report.ts';
import type { UsageWindow } from '../../model/usage.ts';
import { evaluate } from '../../policy/evaluate.ts';
import type { HostIdentity } from '../../policy/scope.ts';
import { routersOf, subjectsOf } from '../../policy/subjects.ts';
import { buildReport } from '../../report/document/document.ts';
import { pseudonymizeReport } from '../../report/document/pseudonymize.ts';
import { statsOfWindows } from '../../report/document/window-totals.ts';
import { renderEve, renderEveCorrection } from '../../report/format/eve.ts';
import { type Correction, correctionSentence, findingSentence } from '../../report/format/events.ts';
import { formatInstant } from '../../time/instant.ts';
import { US } from '../../time/units.ts';
import { openZone, type Zone } from '../../time/zone.ts';
import { sharesOf } from '../../window/shares.ts';
import { WindowBuffer, withUsersOnly } from '../window-buffer.ts';
import type { Alert } from './sinks.ts';

/** A day of 25 hours, as it comes with daylight saving. */
const QUARTERS_OF_A_DAY = 100;
/** Raised once more when it turns out graver. An exempt use is nobody's business. */
const GRAVITY: readonly FindingResult[] = ['updateOnly', 'telemetryOnly', 'suspected', 'grace', 'violation'];
/** Evidence takes some 10 kB for each host while it is evaluated, and nobody reads packets meanwhile. */
const HOSTS_AT_ONCE = 1024;
/** In a day: as many as a window has hosts. A finding takes 250 bytes here and 1.4 kB on its way out. */
const MAX_RAISED = 65_536;

export interface LivePolicy {
  readonly policy: Policy;
  readonly header: PolicyHeader;
  readonly catalogue: Catalogue;
  /** Groups of a hosts file; absent without one. */
  readonly groupsOf?: (host: HostIdentity) => readonly string[];
}

export interface LivePolicyCheckOptions {
  readonly sensor: string;
  readonly wiretally: string;
  /** Null: hosts are named as they are. */
  readonly pseudonymOf: ((host: string) => string) | null;
  /** Resolves when the alert is safe; the next hosts are evaluated then. */
  readonly raise: (alert: Alert) => Promise<void>;
  /** For the log of the operator. */
  readonly say: (text: string) => void;
  /** Findings that are raised in a day; 65 536 when left out. */
  readonly maxRaised?: number;
}

/** A finding that goes to and fro is corrected so often in a day; a report has the last word. */
const MAX_CORRECTIONS = 2;
/** Gravity of what is no finding at all. */
const NOTHING = -1;

/** What was raised last of a rule, a host and a tool. */
interface Raised {
  readonly rule: string;
  readonly host: string;
  readonly tool: string;
  /** Index into GRAVITY; below 0 once nothing is left of it. */
  gravity: number;
  corrections: number;
}

/** What was raised on one day. */
interface Day {
  readonly date: string;
  /** By rule, host and tool. */
  readonly raised: Map<string, Raised>;
  /** True once a finding was left out. */
  isFull: boolean;
}

/** What findings of one look at the windows have in common. */
interface Frame {
  readonly day: Day;
  readonly livePolicy: LivePolicy;
  readonly document: ReportDocument;
}

export class LivePolicyCheck {
  readonly #options: LivePolicyCheckOptions;
  readonly #buffer = new WindowBuffer(QUARTERS_OF_A_DAY);
  /** Hosts of which windows said something new since they were evaluated. */
  readonly #changed = new Set<string>();
  #livePolicy: LivePolicy;
  #zone: Zone;
  #day: Day = dayOf('');
  /** End of the last window. */
  #lastSeconds = 0;
  #work: Promise<void> | null = null;

  constructor(livePolicy: LivePolicy, options: LivePolicyCheckOptions) {
    this.#options = options;
    this.#livePolicy = livePolicy;
    this.#zone = openZone(livePolicy.policy.timezone);
  }

  /** Windows as they close, with hosts as they are. They are evaluated soon, some hosts at a time. */
  add(windows: readonly UsageWindow[]): void {
    const last = windows.at(-1);
    if (last === undefined) return;
    this.#lastSeconds = last.startSeconds + last.lengthSeconds;
    const date = this.#zone.dayOf(last.startSeconds);
    if (date !== this.#day.date) {
      this.#day = dayOf(date);
      this.#buffer.forgetBefore(this.#zone.startOfDay(date));
    }
    // Findings are about hosts that use something.
    const users = windows
      .filter((window) => this.#zone.dayOf(window.startSeconds) === date)
      .map(withUsersOnly);
    const hadForgotten = this.#buffer.hasForgotten;
    this.#buffer.add(users);
    if (this.#buffer.hasForgotten && !hadForgotten)
      this.#options.say('more use than the buffer of a day holds: findings rest on its last hours');
    this.#evaluateSoon(users);
  }

  /** Another policy or catalogue: the day so far is evaluated anew. */
  setPolicy(livePolicy: LivePolicy): void {
    this.#livePolicy = livePolicy;
    this.#zone = openZone(livePolicy.policy.timezone);
    this.#evaluateSoon(this.#buffer.all());
  }

  /** Resolves when all that was added has been evaluated, and its findings are safe. */
  async settled(): Promise<void> {
    while (this.#work !== null) await this.#work;
  }

  #evaluateSoon(windows: readonly UsageWindow[]): void {
    for (const { rows, asked } of windows)
      for (const { host } of [...rows, ...asked]) this.#changed.add(host);
    this.#work ??= this.#evaluateChanged().finally(() => {
      this.#work = null;
    });
  }

  async #evaluateChanged(): Promise<void> {
    while (this.#changed.size > 0) {
      const [day, livePolicy, zone] = [this.#day, this.#livePolicy, this.#zone];
      const hosts = [...this.#changed];
      this.#changed.clear();
      const windows = this.#buffer.all();
      const routers = routersOf(windows);
      const frame = { day, livePolicy, document: this.#frameOf(windows) };
      for (const share of sharesOf(windows, hosts, HOSTS_AT_ONCE)) {
        const attributions = attribute(share, livePolicy.catalogue, { zone });
        const subjects = subjectsOf(share, attributions, livePolicy.groupsOf, routers);
        const { findings } = evaluate(livePolicy.policy, subjects);
        const evaluated = new Set(
          share.flatMap((window) => [...window.rows, ...window.asked]).map(({ host }) => host),
        );
        await Promise.all(findings.map((finding) => this.#raiseOnce(finding, frame)));
        await Promise.all(
          this.#lighter(evaluated, findings, frame).map((alert) => this.#options.raise(alert)),
        );
        // Packets are read between two shares.
        await setImmediate();
      }
    }
  }

  async #raiseOnce(finding: Finding, { day, livePolicy, document }: Frame): Promise<void> {
    const gravity = GRAVITY.indexOf(finding.result);
    if (gravity < 0) return;
    const key = keyOf(finding);
    const before = day.raised.get(key);
    if ((before?.gravity ?? NOTHING) >= gravity) return;
    const { maxRaised = MAX_RAISED } = this.#options;
    if (before === undefined && day.raised.size >= maxRaised) {
      if (!day.isFull)
        this.#options.say(
          `${maxRaised} findings were raised on ${day.date}; further ones of this day are not: a report has them all`,
        );
      day.isFull = true;
      return;
    }
    const { rule, host, tool } = finding;
    const corrections = before?.corrections ?? 0;
    day.raised.set(key, { rule, host, tool, gravity, corrections });
    const single = this.#documentOf(finding, document);
    const [shown = finding] = single.findings ?? [];
    const toolName = livePolicy.catalogue.tool(finding.tool)?.name ?? finding.tool;
    await this.#options.raise({
      id: `${shown.id}/${day.date}${corrections === 0 ? '' : `/${corrections}`}`,
      time: shown.last,
      severity: shown.severity,
      line: [...renderEve(single)].join('').trimEnd(),
      text: `${shown.severity}: ${findingSentence(shown, toolName)}, last seen ${shown.last}`,
    });
  }

  /**
   * What was raised of these hosts, and is less grave by all that the day has shown since: a few minutes of a monitor may
   * look like a tool. Nothing is taken back because windows or a rule are gone.
   */
  #lighter(hosts: ReadonlySet<string>, findings: readonly Finding[], { day, livePolicy }: Frame): Alert[] {
    if (this.#buffer.hasForgotten) return [];
    const now = new Map<string, FindingResult>();
    for (const { result, ...finding } of findings) {
      const known = now.get(keyOf(finding));
      if (known === undefined || GRAVITY.indexOf(result) > GRAVITY.indexOf(known))
        now.set(keyOf(finding), result);
    }
    const rules = new Map(livePolicy.header.rules.map((rule) => [rule.id, rule]));
    const alerts: Alert[] = [];
    for (const [key, raised] of day.raised) {
      if (!hosts.has(raised.host)) continue;
      const rule = rules.get(raised.rule);
      const result = now.get(key) ?? null;
      const gravity = result === null ? NOTHING : GRAVITY.indexOf(result);
      const was = GRAVITY[raised.gravity];
      if (rule === undefined || was === undefined) continue;
      if (gravity >= raised.gravity || raised.corrections >= MAX_CORRECTIONS) continue;
      raised.gravity = gravity;
      raised.corrections++;
      alerts.push(this.#correctionOf(raised, { rule, was, result }, day));
    }
    return alerts;
  }

  #correctionOf(raised: Raised, change: Pick<Correction, 'rule' | 'was' | 'result'>, day: Day): Alert {
    const { pseudonymOf } = this.#options;
    const { tool, corrections } = raised;
    const host = pseudonymOf === null ? raised.host : pseudonymOf(raised.host);
    const correction: Correction = {
      ...change,
      id: `${raised.rule}/${change.rule.rev}/${host}/${tool}/corrected/${day.date}/${corrections}`,
      host,
      tool,
      toolName: this.#livePolicy.catalogue.tool(tool)?.name ?? tool,
      time: formatInstant(this.#lastSeconds * US),
    };
    const { id, time } = correction;
    const line = renderEveCorrection(correction).trimEnd();
    return { id, time, severity: 'info', line, text: `info: ${correctionSentence(correction)}` };
  }

  #frameOf(windows: readonly UsageWindow[]): ReportDocument {
    const { catalogue, policy, header } = this.#livePolicy;
    return {
      ...buildReport({
        attributions: [],
        windows: [],
        captures: [],
        stats: statsOfWindows(windows),
        coverage: [],
        recordsFrom: null,
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

  /** The finding alone, in the document that every output is made of. */
  #documentOf(finding: Finding, frame: ReportDocument): ReportDocument {
    const generated = formatInstant(Date.parse(finding.last) * 1000);
    const document = { ...frame, generated, findings: [finding] };
    const { pseudonymOf } = this.#options;
    return pseudonymOf === null ? document : pseudonymizeReport(document, pseudonymOf);
  }
}

function dayOf(date: string): Day {
  return { date, raised: new Map(), isFull: false };
}

function keyOf({ rule, host, tool }: Pick<Finding, 'rule' | 'host' | 'tool'>): string {
  return `${rule}\n${host}\n${tool}`;
}
