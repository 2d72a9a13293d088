// Exports a MISP event (core format) with blocked names and vendor-owned networks as attributes.

import { openZone } from '../../time/zone.ts';
import {
  type BlockPlan,
  describePlan,
  type ExportContext,
  type ExportFile,
  INDICATORS,
  planBlocks,
  stableUuid,
} from './plan.ts';

const THREAT_LEVEL = { critical: '1', high: '1', medium: '2', low: '3', info: '4' } as const;

export function exportMisp(context: ExportContext): ExportFile[] {
  return planBlocks(context).map((plan) => ({
    name: `wiretally-${plan.rule.id}.misp.json`,
    text: `${JSON.stringify({ Event: buildEvent(context, plan) }, null, 2)}\n`,
  }));
}

function buildEvent(context: ExportContext, plan: BlockPlan): object {
  const { rule } = plan;
  const seconds = rule.effective ?? 0;
  const attribute = (type: string, value: string, comment: string): object => ({
    uuid: stableUuid(context, `misp:${rule.id}:${type}:${value}`),
    type,
    category: 'Network activity',
    value,
    to_ids: true,
    comment,
    timestamp: String(seconds),
    distribution: '5',
  });
  return {
    uuid: stableUuid(context, `misp:${rule.id}`),
    info: `${rule.id}: ${rule.title}`,
    date: openZone(context.policy.timezone).dayOf(seconds),
    timestamp: String(seconds),
    threat_level_id: THREAT_LEVEL[rule.severity],
    analysis: '2',
    distribution: '0',
    published: false,
    Attribute: [
      ...plan.names
        .filter((name) => name.match !== 'glob')
        .map((name) =>
          attribute(
            name.match === 'exact' ? 'hostname' : 'domain',
            name.name,
            `${name.tools.join(', ')}${name.isVendorWide ? '; serves every product of the vendor' : ''}`,
          ),
        ),
      ...plan.networks.map((item) => attribute('ip-dst', item.cidr, `owned by the vendor of ${item.tool}`)),
      ...plan.ja4.map((item) => attribute('ja4-plus', item.ja4, item.tool)),
      {
        ...attribute('comment', describePlan(context, plan, INDICATORS).join('\n'), ''),
        category: 'Other',
        to_ids: false,
      },
    ],
  };
}
