// Reads policy and hosts files, and checks them against the catalogue.

import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import { catalogueFacts } from '../../catalogue/policy-facts.ts';
import { causeRefusal, readBounded } from '../../files/read-bounded.ts';
import { usageError, WiretallyError } from '../../model/errors.ts';
import type { HostMembership, Policy } from '../../model/policy.ts';
import type { Advisory } from '../../model/report.ts';
import type { ExportContext, ExportTool } from '../../policy/export/plan.ts';
import { type HostsFile, parseHostsFile } from '../../policy/hosts-file.ts';
import { loadPolicy } from '../../policy/parse-policy.ts';
import { parseRegister, type Register } from '../../policy/register-file.ts';
import type { SkippedFile } from './advisory-import.ts';

export interface PolicyOnDisk {
  readonly file: string;
  readonly text: string;
  readonly sha256: string;
  readonly policy: Policy;
}

/** Inputs that affect a result and are shown with it. */
export interface PolicyView {
  readonly onDisk: PolicyOnDisk | null;
  readonly hosts: HostsFile | null;
  /** Advisories, compared with the versions that hosts started. */
  readonly advisories?: readonly Advisory[];
  /** Damaged advisory files. */
  readonly skippedAdvisories?: readonly SkippedFile[];
  /** Register of approved tools, compared with use. */
  readonly register?: Register;
  /** Null: hosts are shown by their real names. */
  readonly pseudonymOf: ((host: string) => string) | null;
  /** Windows have pseudonyms already: this list states which scope each belongs to. */
  readonly memberships?: readonly HostMembership[];
}

/** Throws POLICY_INVALID with every error of the file, or USAGE when it cannot be read. */
export function readPolicy(
  file: string,
  catalogue: Catalogue,
  advisories: readonly Advisory[] = [],
): PolicyOnDisk {
  return parsePolicy(readTextFile(file), file, catalogue, advisories);
}

/** Parses a policy from text. `file` is the name in its error messages. Throws POLICY_INVALID. */
export function parsePolicy(
  text: string,
  file: string,
  catalogue: Catalogue,
  advisories: readonly Advisory[] = [],
): PolicyOnDisk {
  const policy = loadPolicy(text, file, { ...catalogueFacts(catalogue), advisories });
  return { file, text, sha256: createHash('sha256').update(text).digest('hex'), policy };
}

export function readHostsFile(file: string): HostsFile {
  return parseHostsFile(readTextFile(file), file);
}

/** Groups are those of the policy and the hosts file. Throws REGISTER_INVALID with every error of the file, or USAGE. */
export function readRegister(
  file: string,
  catalogue: Catalogue,
  { onDisk, hosts }: Pick<PolicyView, 'onDisk' | 'hosts'>,
): Register {
  const text = readTextFile(file);
  const groups = [...(onDisk?.policy.groups ?? []).map(({ id }) => id), ...(hosts?.groups ?? [])];
  const entries = parseRegister(text, file, { tools: catalogue.tools, groups });
  return { sha256: createHash('sha256').update(text).digest('hex'), entries };
}

/** Maximum size of a configuration file: hosts files of large companies have a few MiB, keys and policies less. */
const MAX_TEXT_FILE_BYTES = 32 << 20;

/** Reads a configuration file of a command. Throws USAGE, as for any invalid option. */
export function readTextFile(file: string): string {
  const bytes = readBytes(file);
  // Names with replacement characters would match no host and show no owner.
  if (!isUtf8(bytes))
    throw usageError(
      `${file}: is not text in UTF-8`,
      `save it as UTF-8${file.endsWith('.csv') ? ', in Excel as "CSV UTF-8"' : ''}`,
    );
  return bytes.toString('utf8');
}

function readBytes(file: string): Buffer {
  try {
    return readBounded(file, MAX_TEXT_FILE_BYTES);
  } catch (cause) {
    throw new WiretallyError('USAGE', `${file}: cannot be read: ${causeRefusal(cause)}`, { cause });
  }
}

export const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex');

export function exportContext(onDisk: PolicyOnDisk, catalogue: Catalogue): ExportContext {
  return {
    policy: onDisk.policy,
    policySha256: onDisk.sha256,
    catalogueVersion: catalogue.version,
    tools: catalogue.tools.map(
      (tool): ExportTool => ({
        id: tool.id,
        name: tool.name,
        vendor: tool.vendor,
        kind: tool.kind,
        // Older versions still connect to names that newer ones no longer use.
        endpoints: tool.endpoints,
        networks: (tool.networks ?? []).flatMap((network) =>
          network.cidr === undefined ? [] : [network.cidr],
        ),
        ja4: [],
      }),
    ),
    sha1,
  };
}
