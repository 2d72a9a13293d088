// SensorFindings: raises findings of the policy in force, and ECH alerts, which need no policy rule.

import type { UsageWindow } from '../../model/usage.ts';
import type { ActivePolicy } from '../sensor-rules.ts';
import { EchAlerts } from './ech-alerts.ts';
import { LivePolicyCheck, type LivePolicyCheckOptions } from './live-policy-check.ts';
import type { Alerts } from './policy-outboxes.ts';
import type { Alert } from './sinks.ts';

type Options = Omit<LivePolicyCheckOptions, 'raise' | 'wasRaised'>;

export class SensorFindings {
  readonly #options: Options;
  readonly #ech: EchAlerts;
  #policy: ActivePolicy | null;
  #alerts: Alerts | null = null;
  #check: LivePolicyCheck | null = null;

  constructor(options: Options, policy: ActivePolicy | null) {
    this.#options = options;
    this.#policy = policy;
    const { pseudonymOf, print } = options;
    this.#ech = new EchAlerts({ pseudonymOf, print, raise: (alert) => this.#raiseWithoutRule(alert) });
  }

  /** `alerts`: null if the sensor can have no policy. Throws STORE_WRITE, STORE_BUSY. */
  async open(alerts: Alerts | null): Promise<void> {
    this.#alerts = alerts;
    await this.setPolicy(this.#policy);
  }

  /** Sets the policy that raises findings; null raises none. */
  async setPolicy(policy: ActivePolicy | null): Promise<void> {
    this.#policy = policy;
    const check = this.#check;
    const alerts = this.#alerts;
    if (policy !== null) await alerts?.admit(policy.sha256);
    if (policy !== null && check !== null) check.setPolicy(policy.live);
    else if (policy !== null && alerts !== null) {
      this.#check = new LivePolicyCheck(policy.live, {
        ...this.#options,
        raise: (alert, policySha256) => alerts.raise(alert, policySha256),
        wasRaised: (id, policySha256) => alerts.wasRaised(id, policySha256),
      });
    } else {
      this.#check = null;
      await check?.end();
    }
  }

  /** False until the check of the policy in force exists. The caller holds back windows until then. */
  get isReady(): boolean {
    return this.#policy === null || this.#check !== null;
  }

  add(windows: readonly UsageWindow[]): void {
    this.#check?.add(windows);
    this.#ech.add(windows);
  }

  /** Counts alerts by delivery state; null if the sensor can have no policy. */
  count(): ReturnType<Alerts['count']> | null {
    return this.#alerts?.count() ?? null;
  }

  async close(): Promise<void> {
    await this.#check?.end();
    await this.#alerts?.close();
  }

  /** Stores the alert with the findings of the policy in force; without a policy it only prints a line. */
  #raiseWithoutRule(alert: Alert): void {
    if (this.#policy === null || this.#alerts === null) this.#options.print(alert.text);
    else void this.#alerts.raise(alert, this.#policy.sha256);
  }
}
