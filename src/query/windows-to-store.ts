// Prepares windows for writing: removes groups that are never recorded, and replaces hosts by pseudonyms.

import { excludedHosts } from '../policy/pseudonyms/small-groups.ts';
import { excludesHosts } from '../policy/scope.ts';
import { pseudonymizeWindows } from '../window/pseudonymize-windows.ts';
import { listSubjects } from './apply-policy.ts';
import type { PolicyView } from './inputs/policy-file.ts';
import type { SourceRead } from './source.ts';
import { sourceWithout } from './source-part.ts';

export function readToKeep(read: SourceRead, { onDisk, hosts, pseudonymOf }: PolicyView): SourceRead {
  // Networks are left out while captures are read; a group by MAC or name is known only afterwards.
  const source =
    onDisk !== null && excludesHosts(onDisk.policy)
      ? sourceWithout(read, excludedHosts(onDisk.policy, listSubjects(read, [], hosts)))
      : read;
  return pseudonymOf === null
    ? source
    : { ...source, windows: pseudonymizeWindows(source.windows, pseudonymOf) };
}
