// Writes SARIF 2.1.0 (OASIS): rules of the policy as reporting descriptors, findings as results, the capture as
// artifact.

import type { AdvisorySeverity } from '../../model/exposure-answers.ts';
import type { FindingResult, Severity } from '../../model/findings.ts';
import { omitEmpty, omitUndefined } from '../../model/omit-undefined.ts';
import type { Finding, ReportDocument } from '../../model/report.ts';
import { REQUEST } from '../../model/request.ts';
import { jsonLines } from '../../text/json-text.ts';
import { buildExposureMatrix, type MatrixRow } from '../sections/advisories.ts';
import {
  caveatSentences,
  damageSentences,
  isReadToEnd,
  lossSentence,
  readingState,
  unrecordedSentence,
} from '../text/blind-spots.ts';
import { ANSWERS, affectedText, buildsOfAnswer, getReason } from '../text/exposure-words.ts';
import { STATE_WORDS } from '../text/finding-life-words.ts';
import { exactNumbers } from '../text/finding-words.ts';
import { selectionWords } from '../text/nothing-seen.ts';
import { buildUtcVerdicts } from '../text/verdict.ts';

const LEVEL: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
  info: 'note',
};
/** Results that require no action have a suppression or are informational only. */
const KIND: Readonly<Record<FindingResult, 'fail' | 'review' | 'informational'>> = {
  violation: 'fail',
  grace: 'informational',
  suspected: 'review',
  updateOnly: 'informational',
  telemetryOnly: 'informational',
  exempt: 'informational',
  bypass: 'fail',
  telemetrySent: 'fail',
  uploaded: 'fail',
  attempted: 'informational',
};

/** Only a failure has a level (SARIF 2.1.0 §3.27.10). The severity of a result to review is in its properties. */
const chooseLevel = <Level extends string>(kind: string, level: Level): Level | 'none' =>
  kind === 'fail' ? level : 'none';

/** The results of a run, one by one. */
const DEPTH = 3;

export function* renderSarif(document: ReportDocument): Iterable<string> {
  const rules = document.policy?.rules ?? [];
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Wiretally',
            version: document.wiretally,
            rules: [
              ...rules.map((rule) => ({
                id: rule.id,
                shortDescription: { text: rule.title },
                properties: {
                  rev: rule.rev,
                  action: rule.action,
                  effective: rule.effective,
                  owner: rule.owner,
                },
              })),
              ...buildExposureMatrix(document).map(buildAdvisoryRule),
            ],
          },
        },
        invocations: [buildInvocation(document)],
        artifacts: document.captures.map((capture) => ({ location: { uri: formatFileUri(capture.file) } })),
        results: [
          ...(document.findings ?? []).map((finding) => buildResult(document, finding)),
          ...listExposures(document),
        ],
      },
    ],
  };
  yield* jsonLines(log, DEPTH);
}

/** States the selection, if all input was read, and the verdict of each rule. Otherwise a log without results would look compliant. */
function buildInvocation(document: ReportDocument): object {
  const selected = selectionWords(document);
  const loss = lossSentence(document, undefined, true);
  const notes = [
    selected === null ? null : `only ${selected}`,
    unrecordedSentence(document),
    loss === null ? null : `lost: ${loss}`,
    ...damageSentences(document),
    ...caveatSentences(document),
  ].filter((note) => note !== null);
  return {
    executionSuccessful: isReadToEnd(document),
    toolExecutionNotifications: notes.map((text) => ({ level: 'warning', message: { text } })),
    properties: {
      reading: readingState(document),
      verdicts: buildUtcVerdicts(document).map(({ rule, summary, text }) => ({
        rule: rule.id,
        verdict: summary.verdict,
        text,
        observed: summary.observed,
        reasons: summary.reasons,
      })),
    },
  };
}

function buildResult(document: ReportDocument, finding: Finding): object {
  const index = (document.policy?.rules ?? []).findIndex((rule) => rule.id === finding.rule);
  const kind = KIND[finding.result];
  return {
    ruleId: finding.rule,
    ...(index < 0 ? {} : { ruleIndex: index }),
    kind,
    level: chooseLevel(kind, LEVEL[finding.severity]),
    message: {
      text: `${finding.result}: ${finding.tool} on ${finding.host}, ${finding.confidence}, first ${finding.first}, last ${finding.last}, ${exactNumbers(finding)}`,
    },
    locations: listLocations(document, finding.host),
    partialFingerprints: { 'wiretally/v1': finding.id },
    ...buildSuppressions(finding),
    properties: {
      severity: finding.severity,
      confidence: finding.confidence,
      first: finding.first,
      last: finding.last,
      requests: finding.requests,
      activeMinutes: finding.activeMinutes,
      payloadUp: finding.payloadUp,
      ...omitUndefined({ service: finding.service }),
      for: finding.evidence.map((item) => item.detail),
      against: finding.against.map((item) => item.detail),
      ...omitUndefined({ life: finding.life }),
    },
  };
}

/** Returns a relative reference or a URI with its scheme (SARIF 2.1.0 §3.4.3). */
const formatFileUri = (file: string): string =>
  `${file.startsWith('/') ? 'file://' : ''}${encodeURI(file).replace(/[#?]/g, encodeURIComponent)}`;

/**
 * Lists a location, because code hosts refuse a result without a line of a file (§3.29): the first capture, a binary
 * file. Reports from a store have the store instead. For a server they have the program, because an address may contain
 * a password.
 */
function listLocations({ captures: [capture], [REQUEST]: request }: ReportDocument, host: string): object[] {
  const store = request?.inputs.find((input) => !input.includes('://')) ?? 'wiretally';
  const artifactLocation =
    capture === undefined ? { uri: formatFileUri(store) } : { uri: formatFileUri(capture.file), index: 0 };
  return [
    {
      physicalLocation: { artifactLocation, region: { startLine: 1 } },
      logicalLocations: [{ name: host, kind: 'resource' }],
    },
  ];
}

/** Builds suppressions (SARIF 2.1.0 §3.35). The result stays in the log, with the reason and its status. */
function buildSuppressions({ exception, life }: Finding): object {
  const suppressions = [
    ...(exception === null ? [] : [{ kind: 'external', justification: `exception ${exception}` }]),
    ...(life === undefined || life.last === null || life.state === 'new' || life.state === 'assigned'
      ? []
      : [
          {
            kind: 'external',
            status: life.state === 'closed' ? 'accepted' : 'underReview',
            justification: `${STATE_WORDS[life.state]} by ${life.last.who}: ${life.last.why}`,
          },
        ]),
  ];
  return omitEmpty({ suppressions });
}

/** Code scanners rank by a score. A severity without a vector gets the middle of its range. */
const SECURITY_SEVERITY: Readonly<Record<AdvisorySeverity, string | null>> = {
  critical: '9.5',
  high: '8.0',
  medium: '5.5',
  low: '2.0',
  info: '0.0',
  unrated: null,
};

function buildAdvisoryRule({ advisory, hosts, downloads }: MatrixRow): object {
  const { id, title, tool, severity, score, vector, aliases, sources, action } = advisory;
  const rank = score === null ? SECURITY_SEVERITY[severity] : score.toFixed(1);
  const [link] = sources.filter((source) => /^https?:\/\/\S+$/.test(source));
  return {
    id,
    shortDescription: { text: title },
    help: { text: action },
    ...omitUndefined({ helpUri: link }),
    properties: {
      tool,
      affected: affectedText(advisory),
      severity,
      vector,
      aliases,
      sources,
      hosts,
      ...(downloads === 0 ? {} : { mayByDownload: downloads }),
      published: advisory.published,
      modified: advisory.modified,
      ...omitEmpty({ 'security-severity': rank }),
    },
  };
}

/** Returns hosts that ran an affected version or may have. The counts of other hosts are properties of the rule. */
function listExposures(document: ReportDocument): object[] {
  const severities = new Map(document.advisories?.map(({ id, severity }) => [id, severity]));
  return (document.exposure ?? [])
    .filter(({ answer }) => answer === 'ran' || answer === 'may')
    .map((exposure) => {
      const { advisory, host, tool, answer, first, last } = exposure;
      const severity = severities.get(advisory) ?? 'unrated';
      const kind = answer === 'ran' ? 'fail' : 'review';
      const builds = buildsOfAnswer(exposure);
      const reason = getReason(exposure);
      return {
        ruleId: advisory,
        kind,
        level: chooseLevel(kind, severity === 'unrated' ? 'warning' : LEVEL[severity]),
        message: {
          text: `${ANSWERS[answer]}: ${tool}${builds === '' ? '' : ` ${builds}`} on ${host}, first ${first}, last ${last}${reason === '' ? '' : `; ${reason}`}`,
        },
        locations: listLocations(document, host),
        partialFingerprints: { 'wiretally/v1': `${advisory} ${tool} ${host}` },
        properties: { answer, first, last, ...(reason === '' ? {} : { reason }) },
      };
    });
}
