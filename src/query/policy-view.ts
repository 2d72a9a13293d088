// Reads optional inputs of commands: policy, hosts file, advisories, register, pseudonyms. Nothing is loaded without any.

import type { Catalogue } from '../catalogue/catalogue.ts';
import { loadCatalogue } from '../files/catalogue-files.ts';
import { networksExcludedBy } from '../policy/scope.ts';
import type { SkippedFile } from './inputs/advisory-import.ts';
import type { PolicyOnDisk, PolicyView } from './inputs/policy-file.ts';

export interface PolicyFiles {
  readonly policy?: string;
  readonly advisories?: string;
  readonly hosts?: string;
  readonly register?: string;
  readonly pseudonymize?: string;
}

export type PublishedAdvisories = Required<Pick<PolicyView, 'advisories' | 'skippedAdvisories'>>;

/** Null if none of them is given: then no parser is loaded. Throws before captures are read for minutes. */
export async function readOptionalView(
  files: PolicyFiles & { readonly catalogue: readonly string[] },
): Promise<PolicyView | null> {
  const { policy, advisories, hosts, register, pseudonymize } = files;
  if ([policy, advisories, hosts, register, pseudonymize].every((file) => file === undefined)) return null;
  return await readPolicyView(files, await loadCatalogue(files.catalogue));
}

/** Imported on demand: loading the policy parser takes as long as reading a small capture. */
export async function readPolicyView(files: PolicyFiles, catalogue: Catalogue): Promise<PolicyView> {
  const [{ readHostsFile, readPolicy, readRegister }, { readPseudonyms }] = await Promise.all([
    import('./inputs/policy-file.ts'),
    import('./inputs/pseudonyms.ts'),
  ]);
  const published = await readOptionalAdvisories(files.advisories, catalogue);
  const named = {
    onDisk: files.policy === undefined ? null : readPolicy(files.policy, catalogue, published.advisories),
    hosts: files.hosts === undefined ? null : readHostsFile(files.hosts),
  };
  return {
    ...published,
    ...named,
    ...(files.register === undefined ? {} : { register: readRegister(files.register, catalogue, named) }),
    pseudonymOf: files.pseudonymize === undefined ? null : readPseudonyms(files.pseudonymize),
  };
}

/** Reads a file or folder; without one there are no advisories. Damaged files are listed, the others are used. */
export async function readOptionalAdvisories(
  path: string | undefined,
  catalogue: Catalogue,
): Promise<PublishedAdvisories> {
  if (path === undefined) return { advisories: [], skippedAdvisories: [] };
  const { readAdvisories } = await import('./inputs/advisory-files.ts');
  const skippedAdvisories: SkippedFile[] = [];
  const advisories = await readAdvisories(path, catalogue, (file) => skippedAdvisories.push(file));
  return { advisories, skippedAdvisories };
}

/** Networks of groups that are never recorded. They are dropped while captures are read. */
export const excludedNetworks = (onDisk: PolicyOnDisk | null): string[] =>
  onDisk === null ? [] : networksExcludedBy(onDisk.policy);

/** Names for which a policy accepts hidden traffic. Their addresses are looked up while captures are read. */
export const acceptedNames = (onDisk: PolicyOnDisk | null): string[] =>
  onDisk === null ? [] : onDisk.policy.accept.flatMap(({ names }) => names);

export const shownHost = ({ pseudonymOf }: PolicyView, host: string): string => pseudonymOf?.(host) ?? host;
