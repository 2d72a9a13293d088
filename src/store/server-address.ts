// Defines addresses of stores on servers. Readers of inputs use it without loading a store.

export interface ServerAddress {
  /** True for an address of this server, by its text alone. */
  isAddress(path: string): boolean;
  /** Form of the address in help texts. */
  readonly form: string;
}
