// What the flows of one window tell of services: sums, unions and extremes by client and service. Flows without a sign are
// kept until the window is closed, because another flow may show what the service is.

import type { ServiceRecord } from '../../model/flow.ts';
import { serviceKey, sumServices } from '../../model/services.ts';
import type { ServiceSeen, UsageWindow } from '../../model/usage.ts';
import { compareText } from '../../net/address.ts';
import { MAX_OF_SENSOR_WINDOW } from '../../window/ceilings.ts';

export class ServiceBuilder {
  readonly #seen = new Map<string, ServiceSeen>();

  /** False: the limit of clients and services is reached. */
  add(record: ServiceRecord): boolean {
    const key = serviceKey(record);
    const known = this.#seen.get(key);
    if (known === undefined && this.#seen.size >= MAX_OF_SENSOR_WINDOW) return false;
    const one: ServiceSeen = {
      ...record,
      signs: [...record.signs].sort(compareText),
      isOtherNetwork: false,
    };
    this.#seen.set(key, known === undefined ? one : sumServices(known, one));
    return true;
  }

  finish(): Pick<UsageWindow, 'services'> {
    const placeOf = ({ server, port }: ServiceSeen): string => `${server} ${port}`;
    const all = [...this.#seen].sort((a, b) => compareText(a[0], b[0])).map(([, seen]) => seen);
    const named = new Set(all.filter(({ signs }) => signs.length > 0).map(placeOf));
    const services = all.filter((seen) => named.has(placeOf(seen)));
    return services.length === 0 ? {} : { services };
  }
}
