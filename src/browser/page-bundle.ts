// Makes an evidence bundle in a page as one zip archive: the folder that `wiretally analyze --bundle` writes,
// without a signature, because a page has no key.

import { Zip, ZipDeflate } from 'fflate';
import { bundleContent, describeRead, textFile } from '../query/bundle-content.ts';
import { BUNDLE_FILES } from '../query/inputs/bundle-files.ts';
import type { PolicyOnDisk } from '../query/inputs/policy-file.ts';
import type { Evaluated } from '../query/reported.ts';
import {
  type BundleFile,
  type BundleInput,
  type BundleManifest,
  bundleFiles,
  encodedParts,
  MANIFEST,
  manifestBytes,
} from '../store/bundle-manifest.ts';
import { buildView } from './analyze-in-page.ts';
import type { BrowserCore } from './core.ts';
import { type CaptureBytes, notReadable } from './read-streams.ts';
import { countPieces } from './unpack.ts';

const FOLDER = 'wiretally-bundle';
/** The earliest date of a zip archive, so that the same content gives the same bytes. */
const MODIFIED = '1980-01-01T00:00';

const UNSIGNED = `This evidence bundle is not signed.

It was made in a browser, which has no key. Its checksums show whether a file differs
from manifest.json. They do not show who wrote the bundle: anyone who can write this
folder can replace all of its files, with their checksums.

To verify it:
  wiretally verify ${FOLDER} --unsigned

To make a signed bundle of the same captures:
  wiretally analyze CAPTURE... --policy policy.yaml --bundle DIR --sign-key KEY.pem
`;

/** Returns the parts of the archive. Reads each capture again for its checksum; rejects if one has changed. */
export async function zipBundle(
  core: BrowserCore,
  { document, reported, source }: Evaluated,
  policy: PolicyOnDisk,
  captures: readonly CaptureBytes[],
): Promise<Uint8Array<ArrayBuffer>[]> {
  const inputs: BundleInput[] = [];
  for (const capture of captures) {
    const { name } = capture;
    const sum = await hashStream(core, capture.stream()).catch((error: unknown) => {
      throw notReadable(name, error);
    });
    inputs.push({ file: name, ...sum, ...describeRead(name, source) });
  }
  const { attributions } = reported;
  const content = bundleContent(
    { document, source, attributions, view: buildView(policy), hostsText: null, sensorsText: null },
    inputs,
    [],
    [textFile(BUNDLE_FILES.unsigned, UNSIGNED)],
  );
  return zipFiles((add) => {
    const sums = bundleFiles(content).map((file) => add(core, file));
    add(core, { name: MANIFEST, bytes: manifestBytes(content, sums) });
  });
}

type Sum = Pick<BundleManifest['files'][number], 'bytes' | 'sha256'>;

async function hashStream(core: BrowserCore, stream: ReadableStream<Uint8Array>): Promise<Sum> {
  const sum = core.createSha256();
  let bytes = 0;
  try {
    for await (const piece of countPieces(stream)) {
      sum.add(piece);
      bytes += piece.length;
    }
    return { bytes, sha256: sum.finish() };
  } finally {
    sum.close();
  }
}

type AddFile = (core: BrowserCore, file: BundleFile) => BundleManifest['files'][number];

/** Throws the errors of the compressor. */
function zipFiles(fill: (add: AddFile) => void): Uint8Array<ArrayBuffer>[] {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  const zip = new Zip((error, piece) => {
    if (error !== null) throw error;
    pieces.push(Uint8Array.from(piece));
  });
  fill((core, file) => {
    const entry = new ZipDeflate(`${FOLDER}/${file.name}`);
    entry.mtime = MODIFIED;
    zip.add(entry);
    const sum = core.createSha256();
    let bytes = 0;
    try {
      for (const part of encodedParts(file)) {
        sum.add(part);
        bytes += part.length;
        entry.push(part);
      }
      entry.push(new Uint8Array(0), true);
      return { name: file.name, bytes, sha256: sum.finish() };
    } finally {
      sum.close();
    }
  });
  zip.end();
  return pieces;
}
