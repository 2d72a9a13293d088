// Programs that no tool is named for, and that talk to a model as an agent does: evidence for a provider's row, and the
// reason to suspect a relay behind a name that no catalogue lists. It is never evidence for a tool.

import {
  type AgentLoop,
  agentLoopOf,
  conversationOf,
  FOLLOWS_US,
  messageLoopOf,
  messageOf,
  type StreamedCall,
  streamedCallOf,
} from '../../catalogue/agent-loop.ts';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { Channel } from '../traffic/channel.ts';
import { type GatheredItem, item } from './item.ts';

const RULE = { id: 'agent-like', kind: 'context' } as const;

export function isAgentLike({ rule }: Pick<GatheredItem, 'rule'>): boolean {
  return rule === RULE.id;
}

/** One piece for each program and name; `free` are channels that no tool owns. */
export function agentLikeItems(free: readonly Channel[], catalogue: Catalogue): GatheredItem[] {
  const programs = new Map<string, Channel[]>();
  for (const channel of free) {
    const { name, runtime } = channel;
    if (runtime === null || runtime.isBrowser || !mayBeModel(channel, catalogue)) continue;
    // Unknown hellos of one cipher list are one program in its several forms.
    const program = runtime.id === 'unknown' ? (channel.fingerprint?.ja4.split('_')[1] ?? '') : runtime.id;
    const key = `${name} ${program}`;
    const channels = programs.get(key);
    if (channels === undefined) programs.set(key, [channel]);
    else channels.push(channel);
  }
  return [...programs.values()].flatMap((channels) => {
    const calls = channels.flatMap(({ exchanges }) =>
      exchanges.flatMap(({ startUs, exchange }) => streamedCallOf(startUs, exchange) ?? []),
    );
    const loop = agentLoopOf(calls) ?? messageLoop(channels, catalogue);
    if (loop !== null)
      return [item(RULE, 'fingerprint', 'possible', detailOf(channels, patternOf(loop)), channels)];
    const first = channels.every(({ name }) => catalogue.isListed(name)) ? null : conversationOf(calls);
    return first === null
      ? []
      : [item(RULE, 'fingerprint', 'possible', detailOf(channels, patternOfOne(first)), channels)];
  });
}

function messageLoop(channels: readonly Channel[], catalogue: Catalogue): AgentLoop | null {
  const sockets = channels.filter(
    ({ fingerprint }) => fingerprint !== null && catalogue.keepsConversation(fingerprint),
  );
  return messageLoopOf(
    sockets.flatMap(({ exchanges }) =>
      exchanges.flatMap(({ startUs, exchange }) => messageOf(startUs, exchange) ?? []),
    ),
  );
}

/** A provider's name for model requests, or one that no catalogue lists and that a suspected runtime talks to. */
function mayBeModel({ name, nameFrom, fingerprint }: Channel, catalogue: Catalogue): boolean {
  if (nameFrom === 'network' || catalogue.providerOf(name) !== null) return true;
  return fingerprint !== null && !catalogue.isListed(name) && catalogue.runtimeOf(fingerprint) !== null;
}

function detailOf(channels: readonly Channel[], pattern: string): string {
  const labels = [...new Set(channels.map(({ runtime }) => runtime?.label ?? 'of no known runtime'))];
  return `${channels[0]?.name}: unknown program (${labels.slice(0, 2).join(', ')}): ${pattern}`;
}

const patternOfOne = ({ bytesUp }: StreamedCall): string =>
  `a request of ${Math.round(bytesUp / 1000)} kB with a streamed answer, which any program may make`;

function patternOf(loop: AgentLoop): string {
  const from = Math.round(loop.fromBytes / 1000);
  const to = Math.round(loop.toBytes / 1000);
  const growth =
    loop.messages === undefined
      ? `requests grow from ${from} to ${to} kB`
      : `${loop.messages} messages over a connection that began with ${from} kB`;
  const pauses = `${loop.following} of ${loop.steps} follow an answer within ${FOLLOWS_US / 1_000_000} s`;
  return `${growth}, ${pauses}`;
}
