// Reads and verifies the log of `--finding-log`, and adds the state of each finding to the document.

import type { KeyObject } from 'node:crypto';
import type { FindingLogFacts, ReportDocument } from '../model/report.ts';
import { buildLives, type FindingLives, withLives } from '../policy/finding-life.ts';
import { type FindingLogRead, findingLogBytes, readFindingLog } from '../store/finding-log.ts';
import { readTrusted } from '../store/signing.ts';

export interface FindingLog {
  readonly read: FindingLogRead;
  readonly lives: FindingLives;
  readonly facts: FindingLogFacts;
}

const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** Without `keyFiles` only the chain of digests is verified. Throws USAGE. */
export const openFindingLog = (path: string, keyFiles: readonly string[]): FindingLog =>
  openFindingLogBy(path, keyFiles.length === 0 ? null : readTrusted(keyFiles));

/** `verifiedHeads`: as `readFindingLog` takes it. Throws USAGE. */
export function openFindingLogBy(
  path: string,
  keys: readonly KeyObject[] | null,
  verifiedHeads?: ReadonlySet<string>,
): FindingLog {
  const read = readFindingLog(findingLogBytes(path), keys, verifiedHeads);
  const facts = {
    entries: read.entries.length,
    sha256: read.heads.at(-1) ?? EMPTY_SHA256,
    signatures: keys !== null,
    fault: describeLogFault(read),
  };
  return { read, lives: buildLives(read.entries), facts };
}

/** Null if the whole log is valid. */
export function describeLogFault({ fault, incompleteBytes }: FindingLogRead): string | null {
  if (fault !== null) return `line ${fault.line} does not hold: ${fault.what}`;
  return incompleteBytes === 0 ? null : `its last ${incompleteBytes} bytes are no whole entry`;
}

export const addLives = (document: ReportDocument, { lives, facts }: FindingLog): ReportDocument =>
  withLives(document, lives, facts);
