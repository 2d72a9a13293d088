// Packages and repositories of tools, as advisories name them.

import type { PublishedName } from '../model/tool.ts';
import { isProviderKind } from './rules.ts';
import type { ToolEntry } from './schema.ts';

export function publishedNames(tools: readonly ToolEntry[]): PublishedName[] {
  return tools
    .filter((tool) => !isProviderKind(tool))
    .flatMap(({ id: tool, packages = [], published = [] }) => [
      ...packages.map(({ npm }) => ({
        tool,
        ecosystem: 'npm',
        name: npm,
        hasOtherVersions: false,
        tagPrefix: '',
      })),
      ...published.map(({ ecosystem, name, hasOtherVersions = false, tagPrefix = '' }) => ({
        ...{ tool, name, hasOtherVersions, tagPrefix },
        ecosystem: ecosystem === 'none' ? '' : ecosystem,
      })),
    ]);
}
