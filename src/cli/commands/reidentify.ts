// `wiretally reidentify`: prints the host of a pseudonym. The lookup is logged before it is answered.

import { appendFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { usageError, WiretallyError } from '../../model/errors.ts';
import { type Network, parseAddress, parseNetwork } from '../../net/address.ts';
import { readTextFile } from '../../query/inputs/policy-file.ts';
import { readPseudonyms } from '../../query/inputs/pseudonyms.ts';
import { isPseudonym } from '../../text/pseudonym.ts';
import { plural } from '../../text/quantity.ts';
import { defineCommand, example } from '../command.ts';
import { list, type OptionValues, option } from '../input/declare-option.ts';
import { EXIT } from '../output/exit-code.ts';
import { requireSafeLog } from '../output/output-guard.ts';
import { writeOut } from '../output/stdout.ts';

/** Maximum number of tried addresses: a /12 of IPv4; IPv6 hosts must be listed. */
const MAX_CANDIDATES = 1_048_576;

const options = {
  key: option('--key <keyfile>', 'Input', 'Key of the pseudonyms', { isMandatory: true }),
  log: option('--log <file>', 'Output', 'Log of pseudonym lookups (appended)', { isMandatory: true }),
  reason: option('--reason <text>', 'Output', 'Reason of the lookup, logged', { isMandatory: true }),
  among: list('--among <cidr>', 'Input', 'Candidate network', { isCommon: true }),
  list: option('--list <file>', 'Input', 'File with candidate hosts, one per line'),
};

/** A new key would make other pseudonyms. */
const KEY_ERROR = { where: 'option --key', next: 'pass the key of the pseudonyms' };

type Options = OptionValues<typeof options>;

export const command = defineCommand({
  group: 'Policy and evidence',
  summary: 'Look up the host behind a pseudonym; the lookup is logged',
  arguments: [{ name: '<pseudonym>', description: 'Pseudonym, e.g. h-2QSKKG9P' }],
  options,
  permissions: { writes: ['log'] },
  examples: [
    example(
      'reidentify h-2QSKKG9P --key office.key --among 10.20.0.0/16 --log lookups.log --reason "case 12"',
      'Look up a host of one network',
    ),
  ],
  async run([pseudonym = ''], options) {
    const { key, list } = options;
    requireSafeLog('--log', options.log, [key, list]);
    if (!isPseudonym(pseudonym)) throw usageError(`"${pseudonym}" is not a pseudonym`);
    const nameOf = readPseudonyms(options.key, KEY_ERROR);
    const candidates = listCandidates(options);
    // Logged first: a lookup that cannot be logged is not answered.
    writeLog(options, pseudonym);
    const found = candidates.filter((host) => nameOf(host) === pseudonym);
    await writeOut(
      found.length === 0
        ? `${pseudonym}: none of ${plural(candidates.length, 'host')}\n`
        : `${found.join('\n')}\n`,
    );
    return found.length === 0 ? EXIT.failed : EXIT.done;
  },
});

function listCandidates(options: Options): string[] {
  const listed =
    options.list === undefined
      ? []
      : readTextFile(options.list)
          .split(/\r?\n/)
          .filter((line) => line !== '');
  const hosts = [...listed, ...options.among.flatMap(listAddresses)];
  if (hosts.length === 0)
    throw usageError('no candidate hosts', 'pass networks with --among or hosts with --list');
  if (hosts.length > MAX_CANDIDATES) throw usageError(`more than ${MAX_CANDIDATES} candidate hosts`);
  return hosts;
}

function listAddresses(text: string): string[] {
  const network = parseNetwork(text);
  if (network === null) throw usageError(`--among must be a network, not "${text}"`);
  if (network.bytes.length === 16 && network.bits < 128) {
    throw usageError(`${text}: an IPv6 network has too many candidates`, 'list the hosts in a file: --list');
  }
  const count = 2 ** (network.bytes.length * 8 - network.bits);
  if (count > MAX_CANDIDATES) throw usageError(`${text}: more than ${MAX_CANDIDATES} addresses`);
  return network.bytes.length === 4 ? ip4Range(network, count) : parseAddress(text) === null ? [] : [text];
}

function ip4Range(network: Network, count: number): string[] {
  const base = network.bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  return Array.from({ length: count }, (_, i) => {
    const value = base + i;
    return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255].join('.');
  });
}

function writeLog(options: Options, pseudonym: string): void {
  const entry = {
    time: new Date().toISOString(),
    user: userInfo().username,
    pseudonym,
    reason: options.reason,
  };
  try {
    appendFileSync(options.log, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
  } catch (cause) {
    throw new WiretallyError(
      'STORE_WRITE',
      `${options.log}: the lookup cannot be logged, so it was not done`,
      { cause },
    );
  }
}
