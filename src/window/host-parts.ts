// Parts of a window that are by host and absent where empty: services, hellos, accounts and outcomes, with other names or fewer hosts.

import type { UsageWindow } from '../model/usage.ts';
import { filterAccounts, renameAccounts } from './accounts.ts';
import { filterHellos, renameHellos } from './hellos.ts';
import { withOutcomes } from './outcomes.ts';
import { filterServices, renameServices } from './services.ts';

type Parts = Pick<UsageWindow, 'services' | 'hellos' | 'account' | 'outcomes'>;

/** Parts of hosts that get one name are summed; `addressOf` renames servers and those that answered in their place. */
export const renameParts = (
  window: Parts,
  nameOf: (host: string) => string,
  addressOf: (address: string) => string = (address) => address,
): Parts => ({
  ...renameServices(window, nameOf),
  ...renameHellos(window, nameOf),
  ...renameAccounts(window, nameOf, addressOf),
  ...withOutcomes(
    window.outcomes?.map((cell) => ({
      ...cell,
      host: nameOf(cell.host),
      server: addressOf(cell.server),
      by: addressOf(cell.by),
    })),
  ),
});

/** The window without the hosts for which `isLeft` is false; of a service, client and server must be left. */
export function filterParts<T extends Parts>(
  { services, hellos, account, outcomes, ...window }: T,
  isLeft: (host: string) => boolean,
): Omit<T, keyof Parts> & Parts {
  return {
    ...window,
    ...filterServices(services === undefined ? {} : { services }, isLeft),
    ...filterHellos(hellos === undefined ? {} : { hellos }, isLeft),
    ...filterAccounts(account === undefined ? {} : { account }, isLeft),
    ...withOutcomes(outcomes?.filter(({ host }) => isLeft(host))),
  };
}
