// Declares the section on payload that all hosts sent, by tool: model requests and telemetry. Tools are absent if these
// are indistinguishable.

import type { ReportDocument, ToolUse } from '../../model/report.ts';
import { formatBetween, percentNumber } from '../../text/quantity.ts';
import type { Section, SectionTable } from './section.ts';

interface Ledger {
  readonly tool: string;
  readonly name: string;
  model: number;
  telemetry: number;
  low: number;
  high: number;
  isMeasured: boolean;
  hasShare: boolean;
}

const table: SectionTable<Ledger> = {
  texts: ({ telemetry }) => telemetry,
  rows: ledgers,
  columns: ({ words }, rows) => {
    const { heads, bytes, amount } = words;
    const own = words.sections.telemetry;
    const top = Math.max(1, ...rows.flatMap(({ model, high }) => [model, high]));
    return [
      { head: heads.tool, kind: 'text', of: ({ name }) => name },
      {
        head: '',
        kind: 'bars',
        of: ({ model, low, high }) => ({ of: 'payload', model, low, high, top }),
        keys: [
          ['c-mod', own.modelRequests],
          ['c-tel', own.telemetryKey],
          ['c-tel2', own.estimateRange],
        ],
      },
      { head: own.model, kind: 'bytes', of: ({ model }) => model },
      {
        head: heads.telemetry,
        kind: 'number',
        of: ({ telemetry, low, high }) =>
          telemetry === 0 ? own.noneSeen : formatBetween({ min: low, max: high }, bytes),
      },
      {
        head: own.telemetryShare,
        shortHead: own.share,
        kind: 'number',
        of: ({ model, telemetry, low, high, hasShare }) => {
          if (!hasShare) return words.notKnown;
          const share = (amountBytes: number): string =>
            amount(percentNumber(amountBytes / Math.max(1, amountBytes + model)));
          return share(low) === share(high) ? `${share(telemetry)} %` : `${share(low)}–${share(high)} %`;
        },
      },
      {
        head: own.distinguishedBy,
        kind: 'text',
        of: ({ isMeasured }) => (isMeasured ? own.byName : own.byShape),
      },
    ];
  },
  most: { page: Number.POSITIVE_INFINITY },
};

function ledgers({ hosts }: ReportDocument): Ledger[] {
  const ledgerOf = new Map<string, Ledger>();
  const add = ({ tool, name, confidence, telemetry, modelPayloadUp }: ToolUse): void => {
    if (telemetry === null || confidence === 'possible') return;
    const sum = ledgerOf.get(tool) ?? {
      tool,
      name,
      model: 0,
      telemetry: 0,
      low: 0,
      high: 0,
      isMeasured: true,
      hasShare: true,
    };
    ledgerOf.set(tool, sum);
    sum.model += modelPayloadUp ?? 0;
    sum.telemetry += telemetry.payloadUp;
    sum.low += telemetry.min;
    sum.high += telemetry.max;
    if (telemetry.method === 'exchange') sum.isMeasured = false;
    // Sums are those of hosts whose model requests are known.
    if (modelPayloadUp === null && telemetry.max > 0) sum.hasShare = false;
  };
  for (const { tools, providers } of hosts) for (const use of [...tools, ...providers]) add(use);
  // A tool that sent neither has no share.
  const sent = [...ledgerOf.values()].filter(({ model, telemetry, high }) => model + telemetry + high > 0);
  return sent.sort((a, b) => b.telemetry - a.telemetry || (a.tool < b.tool ? -1 : 1));
}

export const TELEMETRY: Section = {
  id: 'telemetry',
  tables: [table],
  notes: ({ document, words }) => [
    words.sections.telemetry.lead(
      ledgers(document)
        .filter(({ telemetry, model }) => telemetry > model)
        .map(({ name }) => name),
    ),
  ],
  places: ['page'],
};
