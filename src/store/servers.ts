// Lists servers that can store windows. A new one needs a folder, a line here and a line in on-server.ts.

import { CLICKHOUSE } from './clickhouse/clickhouse-server.ts';
import type { StoreServer } from './period-source.ts';

const SERVERS: readonly StoreServer[] = [CLICKHOUSE];

/** Returns null for a store in a file or a folder. */
export const findServer = (path: string): StoreServer | null =>
  SERVERS.find((server) => server.isAddress(path)) ?? null;
