// wiretally verify: holds an evidence bundle against its manifest and its signature.

import { verifyBundle } from '../store/bundle.ts';
import { EXIT } from './exit-code.ts';
import { writeOut } from './outlet.ts';
import { readTextFile } from './policy-file.ts';
import type { DefineVerb } from './verbs.ts';

const SIGNATURE_SAYS = {
  valid: 'signed by the key given',
  ownKey: 'signed, but only by the key that lies in the bundle: give --key to know whose it is',
  invalid: 'the signature does not fit',
  none: 'not signed',
} as const;

export const defineVerify: DefineVerb = (command, done) => {
  command
    .argument('<dir>', 'the bundle')
    .option('--key <public.pem>', 'Ed25519 public key that the bundle must be signed with');
  command.action(async (folder: string, options: { readonly key?: string }) => {
    const verdict = await verifyBundle(folder, options.key === undefined ? null : readTextFile(options.key));
    const { manifest } = verdict;
    const lines = [
      `wiretally ${manifest.wiretally}, catalogue ${manifest.catalogue}, policy sha256 ${manifest.policySha256}`,
      ...manifest.inputs.map((input) => `input ${input.file}, ${input.bytes} bytes, sha256 ${input.sha256}`),
      ...verdict.faults.map((fault) => `FAULT ${fault}`),
      verdict.faults.length === 0
        ? `${manifest.files.length} files match the manifest; ${SIGNATURE_SAYS[verdict.signature]}`
        : `${verdict.faults.length} faults: this is not the bundle that was written`,
    ];
    await writeOut(`${lines.join('\n')}\n`);
    done(verdict.faults.length === 0 ? EXIT.done : EXIT.violation);
  });
};
