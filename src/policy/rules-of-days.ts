// Which rules decide about each day of a row of the report: the evaluation says it once, and every view reads it there.

import type { Rule } from '../model/policy.ts';
import type { HostReport, ToolDay, ToolUse } from '../model/report.ts';
import type { Zone } from '../time/zone.ts';
import { daysOf, type Seen } from './finding.ts';

type RulesOfDay = Pick<ToolDay, 'rules' | 'upcomingRules'>;

export class RulesOfDays {
  readonly #zone: Zone;
  /** By host and tool, then by day. */
  readonly #uses = new Map<string, Map<string, RulesOfDay>>();

  constructor(zone: Zone) {
    this.#zone = zone;
  }

  /** Called with the rules in the order of the policy. `uses`: what the rule matches. */
  add({ id }: Rule, uses: readonly Pick<Seen, 'subject' | 'use' | 'phases'>[]): void {
    for (const { subject, use, phases } of uses) {
      const { before, grace, after, exempt } = phases.quarters;
      const key = useKey(subject.identity.host, use.tool);
      const days = this.#uses.get(key) ?? new Map<string, RulesOfDay>();
      this.#uses.set(key, days);
      const note = (field: keyof RulesOfDay, day: string): void => {
        const known = days.get(day);
        if (known?.[field]?.includes(id) !== true)
          days.set(day, { ...known, [field]: [...(known?.[field] ?? []), id] });
      };
      for (const day of daysOf(this.#zone, [...grace, ...after, ...exempt])) note('rules', day);
      for (const day of daysOf(this.#zone, before)) note('upcomingRules', day);
    }
  }

  /** The rows of a host with the rules of their days. */
  noteIn(host: HostReport): HostReport {
    const noted = (use: ToolUse): ToolUse => {
      const rules = this.#uses.get(useKey(host.host, use.tool));
      return rules === undefined
        ? use
        : { ...use, days: use.days.map((day) => ({ ...day, ...rules.get(day.date) })) };
    };
    return { ...host, tools: host.tools.map(noted), providers: host.providers.map(noted) };
  }
}

const useKey = (host: string, tool: string): string => `${host}\n${tool}`;
