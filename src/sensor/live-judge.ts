// LiveJudge: holds the windows of the day against a policy as they close, and raises each finding once a day.

import { attribute } from '../catalogue/attribute.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { formatInstant } from '../model/instant.ts';
import type { Policy } from '../model/policy.ts';
import type { Finding, FindingResult, PolicyHeader, ReportDocument } from '../model/report.ts';
import type { UsageWindow } from '../model/usage.ts';
import { openZone, type Zone } from '../model/zone.ts';
import { judge } from '../policy/check.ts';
import type { HostIdentity } from '../policy/scope.ts';
import { subjectsOf } from '../policy/subjects.ts';
import { buildReport } from '../report/document.ts';
import { renderEve } from '../report/eve.ts';
import { findingSentence } from '../report/events.ts';
import { pseudonymizeReport } from '../report/pseudonymize.ts';
import { statsOfWindows } from '../report/window-totals.ts';
import type { Alert } from './alert-sinks.ts';
import { WindowMemory, withUsersOnly } from './window-memory.ts';

/** A day of 25 hours, as it comes with daylight saving. */
const QUARTERS_OF_A_DAY = 100;
/** Raised once more when it turns out graver. An exempt use is nobody's business. */
const GRAVITY: readonly FindingResult[] = ['updateOnly', 'telemetryOnly', 'suspected', 'grace', 'violation'];

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
  readonly raise: (alert: Alert) => void;
}

export class LiveJudge {
  readonly #options: JudgeOptions;
  readonly #memory = new WindowMemory(QUARTERS_OF_A_DAY);
  readonly #raised = new Map<string, number>();
  #law: LivePolicy;
  #zone: Zone;
  #day = '';

  constructor(law: LivePolicy, options: JudgeOptions) {
    this.#options = options;
    this.#law = law;
    this.#zone = openZone(law.policy.timezone);
  }

  /** Windows as they close, with hosts as they are. */
  add(windows: readonly UsageWindow[]): void {
    const last = windows.at(-1);
    if (last === undefined) return;
    const day = this.#zone.dayOf(last.startSeconds);
    if (day !== this.#day) {
      this.#day = day;
      this.#raised.clear();
      this.#memory.forgetBefore(this.#zone.startOfDay(day));
    }
    // Findings are about hosts that use something.
    this.#memory.add(
      windows.filter((window) => this.#zone.dayOf(window.startSeconds) === day).map(withUsersOnly),
    );
    // Without a row nothing of a tool has been seen.
    if (windows.some((window) => window.rows.length > 0)) this.#judge();
  }

  /** Another policy or catalogue: the day so far is judged anew. */
  setPolicy(law: LivePolicy): void {
    this.#law = law;
    this.#zone = openZone(law.policy.timezone);
    this.#judge();
  }

  #judge(): void {
    const windows = this.#memory.all();
    const { policy, catalogue, groupsOf } = this.#law;
    const attributions = attribute(windows, catalogue, { zone: this.#zone });
    const { findings } = judge(policy, subjectsOf(windows, attributions, groupsOf));
    for (const finding of findings) this.#raiseOnce(finding, windows);
  }

  #raiseOnce(finding: Finding, windows: readonly UsageWindow[]): void {
    const gravity = GRAVITY.indexOf(finding.result);
    if (gravity < 0) return;
    const key = `${finding.rule}\n${finding.host}\n${finding.tool}`;
    if ((this.#raised.get(key) ?? -1) >= gravity) return;
    this.#raised.set(key, gravity);
    const document = this.#documentOf(finding, windows);
    const [shown = finding] = document.findings ?? [];
    const toolName = this.#law.catalogue.tools.find((tool) => tool.id === finding.tool)?.name ?? finding.tool;
    this.#options.raise({
      id: `${shown.id}/${this.#day}`,
      time: shown.last,
      severity: shown.severity,
      line: [...renderEve(document)].join('').trimEnd(),
      text: `${shown.severity}: ${findingSentence(shown, toolName)}, last seen ${shown.last}`,
    });
  }

  /** The finding alone, in the document that every output is made of. */
  #documentOf(finding: Finding, windows: readonly UsageWindow[]): ReportDocument {
    const document: ReportDocument = {
      ...buildReport({
        attributions: [],
        windows: [],
        captures: [],
        stats: statsOfWindows(windows),
        coverage: [],
        recordsFrom: null,
        wiretally: this.#options.wiretally,
        catalogue: this.#law.catalogue.version,
        command: 'watch',
        timezone: this.#law.policy.timezone,
        generated: formatInstant(Date.parse(finding.last) * 1000),
      }),
      sensor: this.#options.sensor,
      policy: this.#law.header,
      findings: [finding],
    };
    const { pseudonymOf } = this.#options;
    return pseudonymOf === null ? document : pseudonymizeReport(document, pseudonymOf);
  }
}
