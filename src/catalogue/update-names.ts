// Lists names from which only one tool downloads its releases.

import { computeOnce } from '../model/computed-once.ts';
import type { ToolEntry } from './schema.ts';

/**
 * Returns patterns of names; empty: releases come from names of other programs too, so that updates are not visible. A
 * vendor name is included only if sizes of releases were recorded on it.
 */
export const listUpdateNames = computeOnce(({ endpoints, builds }: ToolEntry): readonly string[] => {
  const released = builds?.download?.names ?? [];
  return endpoints
    .filter(({ role, visited }) => role === 'update' && visited !== true)
    .filter(({ specificity, host }) => specificity === 'tool' || released.includes(host))
    .map(({ host }) => host);
});
