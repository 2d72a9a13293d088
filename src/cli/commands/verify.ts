// `wiretally verify`: compares an evidence bundle with its manifest and signature, and evaluates its windows again.

import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { causeRefusal, readBounded } from '../../files/read-bounded.ts';
import { optionError, usageError, WiretallyError } from '../../model/errors.ts';
import type { ReportDocument } from '../../model/report.ts';
import { BundleReader } from '../../query/inputs/bundle-reader.ts';
import { openSignedConfig } from '../../query/inputs/signed-config-file.ts';
import { type Reevaluated, reevaluate } from '../../query/reevaluate.ts';
import { ENGLISH_WORDS } from '../../report/text/english-words.ts';
import { formatToolName } from '../../report/text/finding-words.ts';
import { secondTime } from '../../report/text/instant-text.ts';
import { verdictLines } from '../../report/text/verdict.ts';
import { type BundleVerdict, verifyBundle } from '../../store/bundle.ts';
import type { BundleManifest } from '../../store/bundle-manifest.ts';
import { type DeletionProof, isProven, PROOF_SEAL, readProof } from '../../store/deletion-proof.ts';
import { SealRefused, sealSum, startsLike } from '../../store/sealed.ts';
import { readSignedConfig, type SignedConfig } from '../../store/signed-config.ts';
import { readPublicText, readTrusted } from '../../store/signing.ts';
import { plural } from '../../text/quantity.ts';
import { painter } from '../../text/text-layout.ts';
import { openZone } from '../../time/zone.ts';
import { defineCommand, example } from '../command.ts';
import { flag, type OptionValues, option } from '../input/declare-option.ts';
import { EXIT, type ExitCode } from '../output/exit-code.ts';
import { writeWrapped } from '../output/write-wrapped.ts';

const WIDTH = 80;

const SIGNATURE_SAYS = {
  valid: 'signed by the given key',
  ownKey: 'signed by the key in the bundle',
  invalid: 'the signature is invalid',
  none: 'not signed: anyone with write access to the folder may have changed it',
} as const;

const options = {
  key: option('--key <public.pem>', 'Input', 'Ed25519 public key that must have signed it', {
    isCommon: true,
  }),
  unsigned: flag('--unsigned', 'Input', 'Accept a bundle that was written without --sign-key', {
    isCommon: true,
  }),
};

type Options = OptionValues<typeof options>;

export const command = defineCommand({
  group: 'Policy and evidence',
  summary: 'Verify an evidence bundle and evaluate it again',
  arguments: [
    {
      name: '<dir...>',
      description: 'Evidence bundle, or files of signed configurations or proofs of deletion',
    },
  ],
  options,
  examples: [
    example('verify evidence/ --unsigned', 'Verify checksums, verdict and findings'),
    example('verify evidence/ --unsigned > verified.txt', 'Save the result; the exit code repeats it'),
  ],
  async run(places, options) {
    const [folder = '', ...others] = places;
    requireUnsignedBundle(folder, options);
    if (isFile(folder)) {
      return await verifySealed(places, options.key);
    }
    if (others.length > 0)
      throw usageError('bundles are verified one at a time', `wiretally verify ${folder}`);
    const verdict = await verifyBundle(
      folder,
      options.key === undefined ? null : readPublicText(options.key, 'option --key'),
    );
    // A bundle that differs from its manifest is not the evaluated one.
    const again = verdict.faults.length === 0 ? await reevaluateBundle(folder, verdict.manifest) : null;
    const lines = [
      ...formatSignature(verdict, options),
      ...formatUnread(verdict.manifest),
      ...(again === null
        ? []
        : typeof again === 'string'
          ? formatNotEvaluated(again)
          : formatEvaluated(again)),
      '',
      ...formatManifest(
        verdict.manifest,
        again === null || typeof again === 'string' ? null : again.document,
      ),
    ];
    // A name or a reason in a forged bundle must not look like a line of this program.
    await writeWrapped(lines);
    return bundleExitCode(verdict, options, again);
  },
});

/** Throws USAGE. */
function requireUnsignedBundle(place: string, { key, unsigned }: Options): void {
  if (unsigned !== true) return;
  const reason =
    key !== undefined
      ? '--key and --unsigned exclude each other'
      : isFile(place)
        ? `${place}: configurations and proofs are always signed`
        : null;
  if (reason === null) return;
  throw optionError('--unsigned', reason, 'remove --unsigned');
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

/** Reports a bundle that cannot be evaluated instead of throwing, so that the lines about its manifest are printed. */
async function reevaluateBundle(folder: string, manifest: BundleManifest): Promise<Reevaluated | string> {
  try {
    return await reevaluate(new BundleReader(folder, manifest));
  } catch (error) {
    if (error instanceof WiretallyError) return error.message;
    throw error;
  }
}

/** Returns 1 for an unreliable bundle; 4 for a valid one with incomplete inputs, or that this version does not confirm. */
export function bundleExitCode(
  { faults, signature, manifest }: BundleVerdict,
  { unsigned }: Options,
  again: Reevaluated | string | null,
): ExitCode {
  if (faults.length > 0 || signature === 'ownKey' || again === null) return EXIT.violation;
  if (signature === 'none' && unsigned !== true) return EXIT.violation;
  if (typeof again === 'string') return EXIT.violation;
  const differs = again.differences.length > 0;
  if (differs && again.otherVersion === null) return EXIT.violation;
  return differs || !manifest.complete ? EXIT.damaged : EXIT.done;
}

/** Shows times in the zone of the policy if the bundle could be evaluated again. */
function formatManifest(manifest: BundleManifest, document: ReportDocument | null): string[] {
  const { period } = manifest;
  const zone = openZone(document?.policy?.timezone ?? 'UTC');
  const end = (instant: string | null, open: string): string =>
    instant === null ? open : secondTime(instant, zone);
  return [
    ...(period === undefined
      ? []
      : [
          `period ${end(period.since, 'first record')} to ${end(period.until, 'last record')} (${zone.name})`,
        ]),
    `wiretally ${manifest.wiretally}, catalogue ${manifest.catalogue}, policy sha256 ${manifest.policySha256}`,
    ...manifest.inputs.map(formatInput),
  ];
}

const formatUnread = ({ interrupted, complete, incomplete }: BundleManifest): string[] => [
  ...(interrupted ? ['INTERRUPTED reading stopped before the end of the inputs'] : []),
  ...(complete ? [] : incomplete.map((reason) => `INCOMPLETE ${reason}`)),
  ...(complete || incomplete.length > 0 ? [] : ['INCOMPLETE not all input was read']),
];

function formatInput({
  file,
  bytes,
  sha256,
  read,
  packets,
  lastPacket,
}: BundleManifest['inputs'][number]): string {
  const sum = sha256 === null ? 'a stream, no checksum' : `${bytes ?? 0} bytes, sha256 ${sha256}`;
  if (read === 'whole') return `input ${file}, ${sum}`;
  const upTo = lastPacket === null ? '' : `, ${plural(packets ?? 0, 'packet')} up to ${lastPacket}`;
  return `input ${file}, ${sum}, ${read === 'none' ? 'not read' : `read in part${upTo}`}`;
}

function formatSignature({ faults, manifest, signature }: BundleVerdict, { unsigned }: Options): string[] {
  if (faults.length > 0) {
    return [
      `${plural(faults.length, 'fault')}: the bundle was changed or is damaged`,
      ...faults.map((fault) => `FAULT ${fault}`),
    ];
  }
  return [
    `${plural(manifest.files.length, 'file')} ${manifest.files.length === 1 ? 'matches' : 'match'} the manifest; ${SIGNATURE_SAYS[signature]}`,
    ...(signature === 'ownKey'
      ? [
          'UNPROVEN the key in the bundle does not prove its origin, because anyone can sign a changed bundle: pass --key PUBLIC.pem',
        ]
      : []),
    ...(signature === 'none' && unsigned !== true
      ? [
          'UNPROVEN a signature may have been removed: pass --unsigned if the bundle was written without --sign-key',
        ]
      : []),
  ];
}

const formatNotEvaluated = (why: string): string[] =>
  why.split('\n').map((line) => `NOT EVALUATED AGAIN ${line}`);

function formatEvaluated({ document, differences, otherVersion, statement }: Reevaluated): string[] {
  const differing = differences.map((part) => `DIFFERENT ${part}`);
  const by = otherVersion === null ? '' : ` by another version (${otherVersion})`;
  const result =
    differences.length === 0
      ? `evaluated again${by}: the same verdict and findings`
      : otherVersion === null
        ? 'evaluated again: the records and the policy of the bundle give another result'
        : `evaluated again${by}: the result differs, possibly because of the version`;
  return [
    '',
    ...differing,
    result,
    '',
    // A statement counts the hosts and the time of its period; its verdict would state other numbers next to them.
    ...(statement === null ? verdictLines(document, WIDTH, painter(false)) : [statement.sentence, '']),
    ...formatFindings(document, statement !== null),
  ];
}

/** A statement has its own rule: a sign of the tool is not a violation of a policy. */
function formatFindings(document: ReportDocument, isStatement: boolean): string[] {
  const zone = openZone(document.policy?.timezone ?? 'UTC');
  const formatSpan = (first: string, last: string): string =>
    `${ENGLISH_WORDS.between(secondTime(first, zone), secondTime(last, zone))} (${zone.name})`;
  return (document.findings ?? []).map((finding) => {
    const { result, severity, host, rule, rev, confidence, first, last } = finding;
    const tool = finding.service?.product ?? formatToolName(document, finding);
    const parts = isStatement
      ? ['found', host, tool, confidence]
      : [`${ENGLISH_WORDS.outcomes[result]} (${severity})`, host, tool, `${rule} rev ${rev}`, confidence];
    return [...parts, formatSpan(first, last)].join('  ');
  });
}

// `wiretally verify FILE…`: prints the content of signed documents, and checks that the trusted key signed them.

/** Returns the worst exit code. Throws INPUT_UNREADABLE, USAGE, and the faults in the parts of a signed configuration. */
async function verifySealed(files: readonly string[], keyFile: string | undefined): Promise<ExitCode> {
  const [first = ''] = files;
  if (keyFile === undefined) {
    readSealedBytes(first);
    throw usageError(
      `${first}: a configuration or a proof is verified with the public key of its signer`,
      `wiretally verify ${first} --key PUBLIC.pem`,
    );
  }
  const trusted = readTrusted([keyFile]);
  let isWhole = true;
  let places = 0;
  let deleted = 0;
  for (const file of files) {
    const lines = files.length === 1 ? [] : [`${file}:`];
    const bytes = readSealedBytes(file);
    try {
      if (startsLike(PROOF_SEAL, bytes)) {
        const proof = readProof(bytes, trusted);
        lines.push(...formatProof(proof), `SHA-256 ${sealSum(bytes)}`);
        isWhole &&= isProven(proof);
        places += proof.places.length;
        for (const place of proof.places) deleted += place.proof?.deletedWindows ?? 0;
      } else lines.push(...(await formatConfig(readSignedConfig(bytes, trusted), file)));
    } catch (error) {
      if (!(error instanceof SealRefused)) throw error;
      lines.push(`FAULT ${error.message}`);
      isWhole = false;
    }
    await writeWrapped(lines);
  }
  if (places > 0 && files.length > 1)
    await writeWrapped([
      `${plural(places, 'place')}, ${plural(deleted, 'record')} deleted: ${isWhole ? 'proven' : 'NOT PROVEN'}`,
    ]);
  return isWhole ? EXIT.done : EXIT.violation;
}

function readSealedBytes(file: string): Buffer {
  try {
    return readBounded(file, PROOF_SEAL.mostBytes);
  } catch (cause) {
    throw new WiretallyError('INPUT_UNREADABLE', `${file}: cannot be read: ${causeRefusal(cause)}`, {
      cause,
    });
  }
}

async function formatConfig({ config, sha256 }: SignedConfig, file: string): Promise<string[]> {
  const { advisories } = await openSignedConfig(config, file);
  const { revision, made: createdAt, sensors, policy, hosts, catalogue, keepDays } = config;
  const entries = catalogue.map(({ name }) => ` ${name}`).join('');
  return [
    `signed configuration ${revision} of ${createdAt} for ${sensors.join(', ')}; signed by the given key`,
    `SHA-256 ${sha256}`,
    policy === null ? 'no policy' : `policy sha256 ${createHash('sha256').update(policy).digest('hex')}`,
    hosts === null ? 'no hosts file' : `hosts file of ${plural(hosts.split('\n').length, 'line')}`,
    `${plural(catalogue.length, 'entry', 'entries')} of the catalogue${entries}`,
    ...(advisories.length === 0 ? [] : [plural(advisories.length, 'advisory', 'advisories')]),
    ...(keepDays === null ? [] : [`delivered days are kept for ${plural(keepDays, 'day')}`]),
  ];
}

function formatProof({ made: createdAt, before, sensors, places }: DeletionProof): string[] {
  const whose = sensors === null ? 'all sensors' : sensors.join(', ');
  return [
    `deletion of records before ${before} of ${whose}, ${createdAt}; signed by the given key`,
    ...places.map(({ place, failed, proof }) =>
      proof === null
        ? `NOT PROVEN ${place}: ${failed ?? 'nothing was done'}`
        : `${proof.foundAfterwards === 0 ? 'proven' : 'NOT PROVEN'} ${place}: ${plural(proof.deletedWindows, 'record')} deleted, ` +
          `${proof.keptWindows} kept, ${proof.foundAfterwards} found afterwards, sha256 ${proof.deletedKeysSha256}`,
    ),
  ];
}
