// Recognizes addresses of stores on servers by their text, so that readers of inputs load no store.

import { CLICKHOUSE_ADDRESS } from './clickhouse/clickhouse-address.ts';

/** Addresses of a kind of server. */
export interface ServerAddress {
  /** True for an address of this server, by its text alone. */
  isAddress(path: string): boolean;
  /** Form of the address in help texts. */
  readonly form: string;
}

const ADDRESSES: readonly ServerAddress[] = [CLICKHOUSE_ADDRESS];

export const isOnServer = (path: string): boolean => ADDRESSES.some(({ isAddress }) => isAddress(path));

/** Returns the command that computes the sums of a store. */
export const summingCommand = (path: string): string =>
  isOnServer(path) ? 'wiretally fleet aggregate' : 'wiretally store compact';

const FORMS = ADDRESSES.map(({ form }) => form);
/** Forms of the addresses in help texts. */
export const SERVER_FORMS = FORMS.join(', ');
/** Schemes only, such as "clickhouse://…". */
export const SERVER_SCHEMES = FORMS.map((form) => form.replace(/:\/\/.*/, '://…')).join(', ');
