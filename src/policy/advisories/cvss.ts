// Computes base scores of CVSS 2.0, 3.0 and 3.1 vectors. Vectors of version 4.0 get no score, because they need a table
// of 270 scores.

import type { Severity } from '../../model/findings.ts';

const MAX_LENGTH = 300;

/** Returns null if the text is not a vector of these versions, or if a metric is missing. */
export function computeCvssScore(vector: string): number | null {
  if (vector.length > MAX_LENGTH) return null;
  const metrics = new Map(
    vector.split('/').map((part): [string, string] => {
      const [name = '', value = ''] = part.split(':');
      return [name, value];
    }),
  );
  const version = metrics.get('CVSS');
  if (version === '3.0' || version === '3.1') return scoreVersion3(metrics);
  return version === undefined ? scoreVersion2(metrics) : null;
}

/** Uses the ranges of the CVSS 3.1 specification; scores of CVSS 2.0 have no "critical". */
export function rateScore(score: number): Severity {
  if (score >= 9) return 'critical';
  if (score >= 7) return 'high';
  if (score >= 4) return 'medium';
  return score > 0 ? 'low' : 'info';
}

type Metrics = ReadonlyMap<string, string>;
type Weights = Readonly<Record<string, number>>;

const OF_3 = {
  AV: { N: 0.85, A: 0.62, L: 0.55, P: 0.2 },
  AC: { L: 0.77, H: 0.44 },
  UI: { N: 0.85, R: 0.62 },
  IMPACT: { H: 0.56, L: 0.22, N: 0 },
} as const satisfies Readonly<Record<string, Weights>>;
const PRIVILEGES: Readonly<Record<string, Weights>> = {
  U: { N: 0.85, L: 0.62, H: 0.27 },
  C: { N: 0.85, L: 0.68, H: 0.5 },
};

/** Follows section 7.1 of the specification. */
function scoreVersion3(metrics: Metrics): number | null {
  const scope = metrics.get('S') ?? '';
  const privileges = PRIVILEGES[scope];
  const weights = [
    weight(metrics, 'AV', OF_3.AV),
    weight(metrics, 'AC', OF_3.AC),
    weight(metrics, 'PR', privileges ?? {}),
    weight(metrics, 'UI', OF_3.UI),
    ...['C', 'I', 'A'].map((name) => weight(metrics, name, OF_3.IMPACT)),
  ];
  if (weights.includes(null)) return null;
  const [av = 0, ac = 0, pr = 0, ui = 0, c = 0, i = 0, a = 0] = weights.map((weight) => weight ?? 0);
  const base = 1 - (1 - c) * (1 - i) * (1 - a);
  const impact = scope === 'U' ? 6.42 * base : 7.52 * (base - 0.029) - 3.25 * (base - 0.02) ** 15;
  if (impact <= 0) return 0;
  const sum = impact + 8.22 * av * ac * pr * ui;
  return roundUp(Math.min(scope === 'U' ? sum : 1.08 * sum, 10));
}

/** Rounds as CVSS 3.1 does, so that errors of floating point do not add a tenth. */
function roundUp(score: number): number {
  const scaled = Math.round(score * 100_000);
  return scaled % 10_000 === 0 ? scaled / 100_000 : (Math.floor(scaled / 10_000) + 1) / 10;
}

const OF_2 = {
  AV: { L: 0.395, A: 0.646, N: 1 },
  AC: { H: 0.35, M: 0.61, L: 0.71 },
  AU: { M: 0.45, S: 0.56, N: 0.704 },
  IMPACT: { N: 0, P: 0.275, C: 0.66 },
} as const satisfies Readonly<Record<string, Weights>>;

/** Follows section 3.2.1 of the specification. */
function scoreVersion2(metrics: Metrics): number | null {
  const weights = [
    weight(metrics, 'AV', OF_2.AV),
    weight(metrics, 'AC', OF_2.AC),
    weight(metrics, 'Au', OF_2.AU),
    ...['C', 'I', 'A'].map((name) => weight(metrics, name, OF_2.IMPACT)),
  ];
  if (weights.includes(null)) return null;
  const [av = 0, ac = 0, au = 0, c = 0, i = 0, a = 0] = weights.map((weight) => weight ?? 0);
  const impact = 10.41 * (1 - (1 - c) * (1 - i) * (1 - a));
  const exploitability = 20 * av * ac * au;
  const score = impact === 0 ? 0 : (0.6 * impact + 0.4 * exploitability - 1.5) * 1.176;
  return Math.round(score * 10) / 10;
}

function weight(metrics: Metrics, name: string, weights: Weights): number | null {
  const value = metrics.get(name);
  return value !== undefined && Object.hasOwn(weights, value) ? (weights[value] ?? null) : null;
}
