// Addresses of stores on servers, known by their text alone: what reads inputs needs no more, and loads no store.

import { isClickhouse } from './clickhouse/address.ts';

const IS_ADDRESS: readonly ((path: string) => boolean)[] = [isClickhouse];

export const isOnServer = (path: string): boolean => IS_ADDRESS.some((isAddress) => isAddress(path));
