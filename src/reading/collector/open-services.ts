// Services of the windows that are open: sums, unions and extremes by client and service. Flows without a sign are kept until
// their window is closed, because another flow may show what the service is.

import type { ServiceRecord } from '../../model/flow.ts';
import { serviceKey, sumServices } from '../../model/services.ts';
import type { ServiceSeen, UsageWindow } from '../../model/usage.ts';
import { compareText } from '../../net/address.ts';
import { US } from '../../time/units.ts';
import { MAX_OF_SENSOR_WINDOW } from '../../window/ceilings.ts';

export class OpenServices {
  readonly #windowSeconds: number;
  /** By start of the window. */
  readonly #windows = new Map<number, Map<string, ServiceSeen>>();
  /** Windows before it are closed. */
  #openFrom = Number.NEGATIVE_INFINITY;

  constructor(windowSeconds: number) {
    this.#windowSeconds = windowSeconds;
  }

  /** Late records for closed windows count in the first open one. False: the limit of clients and services is reached. */
  add(record: ServiceRecord): boolean {
    const seconds = Math.floor(record.firstUs / US);
    const start = Math.max(seconds - (seconds % this.#windowSeconds), this.#openFrom);
    const seen = this.#windows.get(start) ?? new Map<string, ServiceSeen>();
    this.#windows.set(start, seen);
    const key = serviceKey(record);
    const known = seen.get(key);
    if (known === undefined && seen.size >= MAX_OF_SENSOR_WINDOW) return false;
    const one: ServiceSeen = { ...record, signs: [...record.signs].sort(compareText), isOtherNetwork: false };
    seen.set(key, known === undefined ? one : sumServices(known, one));
    return true;
  }

  /** Those of a window that is closed now. */
  take(startSeconds: number): Pick<UsageWindow, 'services'> {
    const seen = this.#windows.get(startSeconds) ?? [];
    this.#windows.delete(startSeconds);
    this.#openFrom = Math.max(this.#openFrom, startSeconds + this.#windowSeconds);
    const placeOf = ({ server, port }: ServiceSeen): string => `${server} ${port}`;
    const all = [...seen].sort((a, b) => compareText(a[0], b[0])).map(([, service]) => service);
    const named = new Set(all.filter(({ signs }) => signs.length > 0).map(placeOf));
    const services = all.filter((service) => named.has(placeOf(service)));
    return services.length === 0 ? {} : { services };
  }
}
