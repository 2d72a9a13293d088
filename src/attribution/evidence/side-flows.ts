// Flows on an API that hold small calls of its vendor's tool: agents with the user's own key send requests to models alone.

import type { CompiledTool } from '../../catalogue/rules.ts';
import { EXCHANGE_FLAGS, type UsageExchange } from '../../model/usage.ts';
import type { Channel } from '../traffic/channel.ts';
import { isAmong } from './item.ts';

/** Settings, flags and greetings; a list of models is longer, and an answer of a model comes in more records. */
const SIDE_CALL = { leastUp: 100, mostUp: 1000, mostDown: 2000, mostRecordsDown: 2 } as const;
/** Sizes that were filled in, or cut otherwise than by records. */
const UNSURE = EXCHANGE_FLAGS.bytesMissing | EXCHANGE_FLAGS.byPackets | EXCHANGE_FLAGS.plain;

/** Whether the tool is known to make small calls and to post telemetry to the name that its model requests go to. */
export const callsBeside = ({ tool }: CompiledTool, { name }: Channel): boolean =>
  isAmong(tool.exchange?.mixed ?? [], name);

/** Exchanges of the flows that hold a small call. A number tells flows of one row apart. */
export function sideFlowExchanges({ slices }: Channel): ReadonlySet<UsageExchange> {
  const found = new Set<UsageExchange>();
  for (const { row } of slices) {
    const flows = new Set(row.exchanges.filter(isSideCall).map(({ flow }) => flow));
    for (const exchange of row.exchanges) if (flows.has(exchange.flow)) found.add(exchange);
  }
  return found;
}

function isSideCall({ bytesUp, recordsUp, bytesDown, recordsDown, flags }: UsageExchange): boolean {
  if ((flags & UNSURE) !== 0 || recordsUp !== 1 || recordsDown === 0) return false;
  if (bytesUp < SIDE_CALL.leastUp || bytesUp > SIDE_CALL.mostUp) return false;
  return recordsDown <= SIDE_CALL.mostRecordsDown && bytesDown <= SIDE_CALL.mostDown;
}
