// Exports Suricata rules (7.0) for server names in TLS and QUIC, DNS queries, and JA4 values that identify a tool.

import { includesNetwork, parseNetwork } from '../../net/address.ts';
import {
  type BlockedName,
  type BlockPlan,
  type DeviceWords,
  type ExportContext,
  type ExportFile,
  exportPlans,
  oneLine,
} from './plan.ts';

/** First rule number, above the ranges of the public rule sets. */
const FIRST_SID = 9_000_000;
const SID_RANGE = 900_000;

/**
 * The rules reject TLS and DNS, so that a client fails immediately. They drop QUIC packets, because a client then falls
 * back to TCP.
 */
const ACTIONS: Readonly<Record<string, string>> = { tls: 'reject', dns: 'reject', quic: 'drop' };

const buildWords = ({ alertOnly }: ExportContext): DeviceWords =>
  alertOnly === true
    ? {
        blocks: null,
        lets: 'everything: alerts for TLS and QUIC handshakes and DNS queries (--alert-only)',
      }
    : {
        blocks:
          'TLS handshakes and DNS queries are refused (reject), QUIC is dropped, where Suricata is inline (IPS)',
        lets: 'as a passive sensor (IDS), Suricata only reports QUIC; its resets and refusals may come too late for TLS and DNS',
      };

export function exportSuricata(context: ExportContext): ExportFile[] {
  const used = new Set<number>();
  return exportPlans(context, {
    ending: 'rules',
    sign: '#',
    words: buildWords(context),
    text: (plan) => `${listLines(context, plan, used).join('\n')}\n`,
  });
}

function listLines(context: ExportContext, plan: BlockPlan, used: Set<number>): string[] {
  const lines: string[] = [];
  const source = findSource(plan);
  if (source === null) return ['# Every network of this rule is exempt or allowed: nothing to watch for.'];
  // A connection with a name inside a CONNECT tunnel goes to the gateway.
  const target =
    plan.gateways.length === 0 ? 'any' : `[${plan.gateways.map((cidr) => `!${cidr}`).join(',')}]`;
  const add = (protocol: string, keyword: string, what: string, match: string): void => {
    const sid = computeSid(context, `${plan.rule.id}:${protocol}:${what}`, used);
    const message = `Wiretally ${plan.rule.id} ${what} (${protocol})`;
    const meta = `metadata: wiretally_rule ${plan.rule.id}`;
    lines.push(
      `${context.alertOnly === true ? 'alert' : (ACTIONS[protocol] ?? 'alert')} ${protocol} ${source} any -> ${target} any (msg:"${escapeText(message)}"; ${flow(protocol)}${keyword}; ${match} classtype:policy-violation; ${meta}; sid:${sid}; rev:${plan.rule.rev};)`,
    );
  };
  for (const name of plan.names) {
    for (const match of matches(name)) {
      add('tls', 'tls.sni', name.name, match);
      add('quic', 'quic.sni', name.name, match);
      add('dns', 'dns.query', name.name, match);
    }
  }
  for (const item of plan.ja4) add('tls', 'ja4.hash', item.tool, `content:"${item.ja4}";`);
  return lines;
}

/** Passes handshakes and queries to these names, before the rules that reject all others. */
export function passRules(
  context: Pick<ExportContext, 'sha1'>,
  id: string,
  names: readonly Pick<BlockedName, 'name' | 'match'>[],
): string[] {
  const used = new Set<number>();
  return names.flatMap((name) =>
    matches(name).flatMap((match) =>
      ['tls.sni', 'quic.sni', 'dns.query'].map((keyword) => {
        const protocol = keyword.split('.')[0] ?? '';
        const sid = computeSid(context, `allow ${id}:${protocol}:${name.name}:${match}`, used);
        const message = escapeText(`Wiretally allow ${id} ${name.name} (${protocol})`);
        return `pass ${protocol} $HOME_NET any -> any any (msg:"${message}"; ${flow(protocol)}${keyword}; ${match} sid:${sid}; rev:1;)`;
      }),
    ),
  );
}

/**
 * Returns the flow keyword. A UDP flow is established after packets in both directions, but the name of a QUIC flow is
 * in its first packet.
 */
function flow(protocol: string): string {
  if (protocol === 'dns') return '';
  return protocol === 'quic' ? 'flow:to_server; ' : 'flow:established,to_server; ';
}

function matches(name: Pick<BlockedName, 'name' | 'match'>): string[] {
  if (name.match === 'glob') {
    const pattern = name.name
      .split('*')
      .map((part) => part.replaceAll('.', '\\.'))
      .join('[^.]+');
    return [`pcre:"/^${pattern}$/i";`];
  }
  const exact = `content:"${name.name}"; nocase; startswith; endswith;`;
  return name.match === 'exact' ? [exact] : [exact, `content:".${name.name}"; nocase; endswith;`];
}

/** Returns null if every network of the rule passes. */
function findSource(plan: BlockPlan): string | null {
  // "[a,!a]" is an empty list, which Suricata refuses to load.
  const exempt = new Set(plan.passing);
  const parts = plan.sources.filter((cidr) => !isWithinAny(cidr, plan.passing));
  if (parts.length === 0 && plan.sources.length > 0) return null;
  if (parts.length === 0 && exempt.size === 0) return '$HOME_NET';
  const base = parts.length === 0 ? ['$HOME_NET'] : parts;
  return `[${[...base, ...[...exempt].map((cidr) => `!${cidr}`)].join(',')}]`;
}

function isWithinAny(cidr: string, networks: readonly string[]): boolean {
  const inner = parseNetwork(cidr);
  return networks.some((text) => {
    const outer = parseNetwork(text);
    return inner === null || outer === null ? text === cidr : includesNetwork(outer, inner);
  });
}

/** Computes the same rule number in every export, independent of other rules. */
function computeSid(context: Pick<ExportContext, 'sha1'>, text: string, used: Set<number>): number {
  let sid = FIRST_SID + (Number.parseInt(context.sha1(text).slice(0, 8), 16) % SID_RANGE);
  while (used.has(sid)) sid = FIRST_SID + ((sid + 1 - FIRST_SID) % SID_RANGE);
  used.add(sid);
  return sid;
}

function escapeText(text: string): string {
  return oneLine(text).replace(/["\\;|]/g, ' ');
}
