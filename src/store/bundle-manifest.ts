// Defines the files of an evidence bundle and its manifest. Nothing here needs Node: pages make bundles too.

import { z } from 'zod';
import { WiretallyError } from '../model/errors.ts';
import { omitUndefined } from '../model/omit-undefined.ts';

export const MANIFEST = 'manifest.json';
export const MAX_BUNDLE_FILES = 1000;
const SAFE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

const sum = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.number().int().min(0);
const instant = z.iso.datetime({ precision: 6 });
export const bundleManifest = z.strictObject({
  schema: z.literal(1),
  wiretally: z.string(),
  catalogue: z.string(),
  policySha256: sum,
  /** False: the inputs were not read completely, for the reason in `incomplete`. */
  complete: z.boolean(),
  /** True: the audit was interrupted. */
  interrupted: z.boolean(),
  incomplete: z.array(z.string()),
  /** The requested period, where the bundle is not about the whole input; null: no limit on this side. */
  period: z.strictObject({ since: instant.nullable(), until: instant.nullable() }).optional(),
  inputs: z.array(
    z.strictObject({
      file: z.string(),
      /** Describes the whole input, even if only a part was read; null for a stream, which cannot be read again. */
      bytes: count.nullable(),
      sha256: sum.nullable(),
      read: z.enum(['whole', 'part', 'none']),
      /** Number of packets read; null if unknown, or if the input has no packets. */
      packets: count.nullable(),
      lastPacket: z.string().nullable(),
    }),
  ),
  files: z
    .array(z.strictObject({ name: z.string().regex(SAFE_NAME), bytes: count, sha256: sum }))
    .max(MAX_BUNDLE_FILES),
});
export type BundleManifest = z.infer<typeof bundleManifest>;
export type BundleInput = BundleManifest['inputs'][number];

/** Content of a file: bytes, or text in parts, because it may exceed the length of a string. */
export interface BundleFile {
  readonly name: string;
  readonly bytes: Uint8Array | Iterable<string>;
}

/** `inputs` are the captures or stores that were evaluated. */
export interface BundleContent extends Omit<BundleManifest, 'schema' | 'files'> {
  readonly files: readonly BundleFile[];
}

/** Returns the files in the order of the manifest. Throws INTERNAL. */
export function bundleFiles({ files }: BundleContent): BundleFile[] {
  for (const { name } of files)
    if (!SAFE_NAME.test(name))
      throw new WiretallyError('INTERNAL', `${name}: is not a valid file name in a bundle`);
  return [...files].sort((a, b) => (a.name < b.name ? -1 : 1));
}

export function* encodedParts({ bytes }: BundleFile): Iterable<Uint8Array> {
  if (bytes instanceof Uint8Array) return yield bytes;
  const encoder = new TextEncoder();
  for (const part of bytes) yield encoder.encode(part);
}

/** Writes the manifest. The same content gives the same bytes. `sums`: those of `bundleFiles`, in their order. */
export function manifestBytes(content: BundleContent, sums: BundleManifest['files']): Uint8Array {
  const manifest: BundleManifest = {
    schema: 1,
    wiretally: content.wiretally,
    catalogue: content.catalogue,
    policySha256: content.policySha256,
    complete: content.complete,
    interrupted: content.interrupted,
    incomplete: content.incomplete,
    ...omitUndefined({ period: content.period }),
    inputs: content.inputs,
    files: sums,
  };
  return new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`);
}
