// Defines the version of the tables of a store, and refuses other versions.

import { type ErrorCode, errorAt } from '../model/errors.ts';

/**
 * DuckDB and ClickHouse stores share this version. A change of a table, column or packed message raises it; a new table
 * does not.
 */
export const SCHEMA_VERSION = 1;

/** Throws for tables of another version. */
export function requireVersion(code: ErrorCode, path: string, version: number): void {
  if (version === SCHEMA_VERSION) return;
  throw errorAt(
    code,
    path,
    `contains tables of version ${version}, and this program reads version ${SCHEMA_VERSION}`,
    {
      next: 'read it with the version that wrote it, or create a new store from its windows: wiretally analyze windows/ --store NEW',
    },
  );
}
