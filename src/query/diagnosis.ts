// Answers why names fail: windows in, diagnoses out.

import { nameKnowledge, outcomesOf } from '../attribution/attempts.ts';
import { diagnose } from '../diagnosis/diagnose.ts';
import type { NameKnowledge } from '../diagnosis/facts.ts';
import { addressNames, type CapturePoint, withSecondPoint } from '../diagnosis/second-point.ts';
import type { DiagnosisResult } from '../model/diagnosis.ts';
import type { SourceRead } from './source.ts';

export interface DiagnosisQuestion {
  readonly host?: string;
  readonly tool?: string;
  readonly name?: string;
}

/** `behind`: what was read of a second capture point, on the other side of a firewall, NAT or proxy. */
export function diagnosisOf(
  source: SourceRead,
  { host, tool, name }: DiagnosisQuestion,
  behind: SourceRead | null = null,
): DiagnosisResult {
  const known = nameKnowledge(source.catalogue);
  const isAsked = (one: { readonly host: string; readonly name: string }): boolean =>
    (host === undefined || one.host === host) &&
    (name === undefined || one.name === name.toLowerCase()) &&
    (tool === undefined || known.toolsOf(one.name).includes(tool));
  const first = capturePoint(source, known);
  const { diagnoses, checked } =
    behind === null ? first.result : withSecondPoint(first, capturePoint(behind, known), known);
  return { diagnoses: diagnoses.filter(isAsked), checked: checked.filter(isAsked) };
}

function capturePoint({ windows }: SourceRead, known: NameKnowledge): CapturePoint {
  const cells = outcomesOf(windows);
  return { cells, windows, result: diagnose(cells, windows, known) };
}

/** What a source knows of the names of servers, for reading a second capture point. */
export const addressNamesOf = ({ windows }: SourceRead): string[] => addressNames(outcomesOf(windows));
