// Classifies a channel's name for a tool: the endpoint of its own file, else the provider's, a collector, or a relay.

import type { Catalogue } from '../../catalogue/catalogue.ts';
import { isAmong } from '../../catalogue/name-index.ts';
import type { Endpoint, ToolEntry } from '../../catalogue/schema.ts';
import { RELAY_ID, type Role } from '../../model/catalogue-words.ts';
import type { Channel } from '../traffic/channel.ts';
import type { ChannelRole } from './classified.ts';

export type ChannelEndpoint = Pick<Endpoint, 'role' | 'specificity'>;

export function findEndpoint(tool: ToolEntry, channel: Channel, catalogue: Catalogue): ChannelEndpoint {
  // Applies to every role of the name in the catalogue.
  if (tool.id === RELAY_ID) return { role: 'relay', specificity: 'shared' };
  const own = catalogue.compiled(tool).names.find(channel.name)[0]?.value;
  const posted = isAmong(tool.exchange?.telemetry ?? [], channel.name);
  // On pages that users visit and to which the program posts, only the posts belong to the program.
  if (posted && own !== undefined && own.specificity !== 'shared')
    return { role: 'telemetry', specificity: own.specificity };
  if (own !== undefined && own.specificity !== 'shared') return own;
  const provider = catalogue.providerOf(channel.name);
  if (provider !== null) return { role: provider.endpoint.role, specificity: 'vendor' };
  if (channel.nameFrom === 'network') return { role: 'inference', specificity: 'vendor' };
  if (own !== undefined) return own;
  const collectors = [...(tool.exchange?.telemetry ?? []), ...catalogue.collectors.names];
  const isCollector = isAmong(collectors, channel.name);
  return { role: isCollector ? 'telemetry' : 'relay', specificity: 'shared' };
}

/** Returns the role of exchanges in a channel; a relay forwards requests to the model. */
export function getExchangeRole(role: Role | undefined): ChannelRole {
  if (role === 'inference' || role === 'relay') return 'inference';
  return role === 'telemetry' ? 'telemetry' : 'other';
}
