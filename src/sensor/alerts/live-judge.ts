// LiveJudge: holds the windows of the day against a policy as they close, and raises each finding once a day.

import { setImmediate } from 'node:timers/promises';
import { attribute } from '../../attribution/attribute.ts';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { Policy } from '../../model/policy.ts';
import type { Finding, FindingResult, PolicyHeader, ReportDocument } from '../../model/report.ts';
import type { UsageWindow } from '../../model/usage.ts';
import { judge } from '../../policy/check.ts';
import type { HostIdentity } from '../../policy/scope.ts';
import { routersOf, subjectsOf } from '../../policy/subjects.ts';
import { buildReport } from '../../report/document/document.ts';
import { pseudonymizeReport } from '../../report/document/pseudonymize.ts';
import { statsOfWindows } from '../../report/document/window-totals.ts';
import { renderEve } from '../../report/format/eve.ts';
import { findingSentence } from '../../report/format/events.ts';
import { formatInstant } from '../../time/instant.ts';
import { openZone, type Zone } from '../../time/zone.ts';
import { sharesOf } from '../../window/shares.ts';
import { WindowMemory, withUsersOnly } from '../window-memory.ts';
import type { Alert } from './sinks.ts';

/** A day of 25 hours, as it comes with daylight saving. */
const QUARTERS_OF_A_DAY = 100;
/** Raised once more when it turns out graver. An exempt use is nobody's business. */
const GRAVITY: readonly FindingResult[] = ['updateOnly', 'telemetryOnly', 'suspected', 'grace', 'violation'];
/** Evidence takes some 10 kB for each host while it is judged, and nobody reads packets meanwhile. */
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

export interface JudgeOptions {
  readonly sensor: string;
  readonly wiretally: string;
  /** Null: hosts are named as they are. */
  readonly pseudonymOf: ((host: string) => string) | null;
  /** Resolves when the alert is safe; the next hosts are judged then. */
  readonly raise: (alert: Alert) => Promise<void>;
  /** For the log of the operator. */
  readonly say: (text: string) => void;
  /** Findings that are raised in a day; 65 536 when left out. */
  readonly maxRaised?: number;
}

/** What was raised on one day. */
interface Day {
  readonly date: string;
  /** How grave, by rule, host and tool. */
  readonly raised: Map<string, number>;
  /** True once a finding was left out. */
  isFull: boolean;
}

/** What findings of one look at the windows have in common. */
interface Frame {
  readonly day: Day;
  readonly law: LivePolicy;
  readonly document: ReportDocument;
}

export class LiveJudge {
  readonly #options: JudgeOptions;
  readonly #memory = new WindowMemory(QUARTERS_OF_A_DAY);
  /** Hosts of which windows said something new since they were judged. */
  readonly #changed = new Set<string>();
  #law: LivePolicy;
  #zone: Zone;
  #day: Day = { date: '', raised: new Map(), isFull: false };
  #work: Promise<void> | null = null;

  constructor(law: LivePolicy, options: JudgeOptions) {
    this.#options = options;
    this.#law = law;
    this.#zone = openZone(law.policy.timezone);
  }

  /** Windows as they close, with hosts as they are. They are judged soon, some hosts at a time. */
  add(windows: readonly UsageWindow[]): void {
    const last = windows.at(-1);
    if (last === undefined) return;
    const date = this.#zone.dayOf(last.startSeconds);
    if (date !== this.#day.date) {
      this.#day = { date, raised: new Map(), isFull: false };
      this.#memory.forgetBefore(this.#zone.startOfDay(date));
    }
    // Findings are about hosts that use something.
    const users = windows
      .filter((window) => this.#zone.dayOf(window.startSeconds) === date)
      .map(withUsersOnly);
    const hadForgotten = this.#memory.hasForgotten;
    this.#memory.add(users);
    if (this.#memory.hasForgotten && !hadForgotten)
      this.#options.say(
        'more was used than a day of memory holds: findings are judged by the last hours of it',
      );
    this.#judgeSoon(users);
  }

  /** Another policy or catalogue: the day so far is judged anew. */
  setPolicy(law: LivePolicy): void {
    this.#law = law;
    this.#zone = openZone(law.policy.timezone);
    this.#judgeSoon(this.#memory.all());
  }

  /** Resolves when all that was added has been judged, and its findings are safe. */
  async settled(): Promise<void> {
    while (this.#work !== null) await this.#work;
  }

  #judgeSoon(windows: readonly UsageWindow[]): void {
    for (const { rows, asked } of windows)
      for (const { host } of [...rows, ...asked]) this.#changed.add(host);
    this.#work ??= this.#judgeChanged().finally(() => {
      this.#work = null;
    });
  }

  async #judgeChanged(): Promise<void> {
    while (this.#changed.size > 0) {
      const [day, law, zone] = [this.#day, this.#law, this.#zone];
      const hosts = [...this.#changed];
      this.#changed.clear();
      const windows = this.#memory.all();
      const routers = routersOf(windows);
      const frame = { day, law, document: this.#frameOf(windows) };
      for (const share of sharesOf(windows, hosts, HOSTS_AT_ONCE)) {
        const attributions = attribute(share, law.catalogue, { zone });
        const subjects = subjectsOf(share, attributions, law.groupsOf, routers);
        const { findings } = judge(law.policy, subjects);
        await Promise.all(findings.map((finding) => this.#raiseOnce(finding, frame)));
        // Packets are read between two shares.
        await setImmediate();
      }
    }
  }

  async #raiseOnce(finding: Finding, { day, law, document }: Frame): Promise<void> {
    const gravity = GRAVITY.indexOf(finding.result);
    if (gravity < 0) return;
    const key = `${finding.rule}\n${finding.host}\n${finding.tool}`;
    const before = day.raised.get(key);
    if ((before ?? -1) >= gravity) return;
    const { maxRaised = MAX_RAISED } = this.#options;
    if (before === undefined && day.raised.size >= maxRaised) {
      if (!day.isFull)
        this.#options.say(
          `${maxRaised} findings were raised on ${day.date}; further ones of this day are not: a report has them all`,
        );
      day.isFull = true;
      return;
    }
    day.raised.set(key, gravity);
    const single = this.#documentOf(finding, document);
    const [shown = finding] = single.findings ?? [];
    const toolName = law.catalogue.tool(finding.tool)?.name ?? finding.tool;
    await this.#options.raise({
      id: `${shown.id}/${day.date}`,
      time: shown.last,
      severity: shown.severity,
      line: [...renderEve(single)].join('').trimEnd(),
      text: `${shown.severity}: ${findingSentence(shown, toolName)}, last seen ${shown.last}`,
    });
  }

  #frameOf(windows: readonly UsageWindow[]): ReportDocument {
    const { catalogue, policy, header } = this.#law;
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
