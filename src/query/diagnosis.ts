// Answers why names fail: windows in, diagnoses out.

import { nameKnowledge, outcomesOf } from '../attribution/attempts.ts';
import { type DiagnosisResult, diagnose } from '../diagnosis/diagnose.ts';
import type { SourceRead } from './source.ts';

export interface DiagnosisQuestion {
  readonly host?: string;
  readonly tool?: string;
  readonly name?: string;
}

export function diagnosisOf(source: SourceRead, { host, tool, name }: DiagnosisQuestion): DiagnosisResult {
  const known = nameKnowledge(source.catalogue);
  const isAsked = (one: { readonly host: string; readonly name: string }): boolean =>
    (host === undefined || one.host === host) &&
    (name === undefined || one.name === name.toLowerCase()) &&
    (tool === undefined || known.toolsOf(one.name).includes(tool));
  const { diagnoses, checked } = diagnose(outcomesOf(source.windows), source.windows, known);
  return { diagnoses: diagnoses.filter(isAsked), checked: checked.filter(isAsked) };
}
