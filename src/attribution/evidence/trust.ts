// Evidence against flows themselves: one side alone, packets that contradict each other, frames of another machine, a
// hello that was sent twice. Any sender of packets on the network can forge all of these.

import { DOUBT } from '../../model/words.ts';
import { compareText } from '../../net/address.ts';
import type { Channel, Slice } from '../traffic/channel.ts';
import { contextItem, type GatheredItem } from './item.ts';

export function trustItems(channels: readonly Channel[]): GatheredItem[] {
  return [
    ...about(DOUBT.oneSided, channels.filter(isOneSided), oneSided),
    ...about(
      DOUBT.contradicted,
      channels.filter((channel) => sumOf(channel, contradicted) > 0),
      contradictions,
    ),
    ...about(
      DOUBT.otherMachine,
      channels.filter(({ slices }) => slices.some(isForeign)),
      otherMachine,
    ),
    ...about(
      'copied-hello',
      channels.filter((channel) => sumOf(channel, copied) > 0),
      copies,
    ),
  ];
}

const contradicted = ({ row }: Slice): number => row.contradictedSlices;
const copied = ({ row }: Slice): number => row.copiedHellos;
const isForeign = (slice: Slice): boolean => slice.isForeign;

function isOneSided({ isAnswered, slices }: Channel): boolean {
  return !isAnswered && slices.every(({ row }) => row.answeredSlices === 0);
}

const sumOf = ({ slices }: Channel, count: (slice: Slice) => number): number =>
  slices.reduce((sum, slice) => sum + count(slice), 0);

function about(
  rule: string,
  channels: readonly Channel[],
  detailOf: (names: string, channels: readonly Channel[]) => string,
): GatheredItem[] {
  if (channels.length === 0) return [];
  const names = [...new Set(channels.map(({ name }) => name))].sort(compareText);
  const detail = detailOf(`${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''}`, channels);
  return [contextItem(rule, 'network', false, detail, channels)];
}

const oneSided = (names: string): string =>
  `${names}: no flow shows that both ends took part; the capture may see one direction alone, or the packets may be forged`;

const contradictions = (names: string): string =>
  `${names}: packets contradict each other (two hellos, other bytes in one place, or a reset that did not end the flow); some may be forged`;

function otherMachine(names: string, channels: readonly Channel[]): string {
  const slices = channels.flatMap((channel) => channel.slices.filter(isForeign));
  const macs = [...new Set(slices.flatMap(({ row }) => row.macs))].sort(compareText);
  return `${names}: frames of ${macs.slice(0, 4).join(', ')}, while another machine used the address in turn; its owner may not have sent them`;
}

const copies = (names: string): string =>
  `${names}: the same hello was sent in another flow, which no proxy or address translation explains; one of the two may be forged`;
