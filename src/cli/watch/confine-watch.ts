// Rights of `watch` while it listens: to reopen interfaces, and to access the files and servers of its options.

import { resolve } from 'node:path';
import { keepsState, stateFolder } from '../../live/state-folder.ts';
import type { StoreServer } from '../../store/period-source.ts';
import { findServer } from '../../store/servers.ts';
import { buildConfinement, CAPABILITY, confine } from '../rights/confine.ts';
import { findExistingParent, listFolders, listNetworkPlaces, listProgramPlaces } from '../rights/places.ts';
import { listPorts, listSocketKinds, type ServerPlace } from '../rights/server-ports.ts';
import type { WatchOptions } from './watch-options.ts';

const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  'http:': 80,
  'https:': 443,
  'tcp:': 514,
  'udp:': 514,
};

/** Prevents new privileges and drops the bounding set, while the process still has the right to do so. */
export function refusePrivileges(print: (text: string) => void): void {
  confine({}, print);
}

/**
 * `views`: processes of pages and screen, which the sensor ends if they hang. `receivers`: servers of its receivers file.
 */
export function confineWatch(
  options: WatchOptions,
  views: readonly number[],
  receivers: readonly ServerPlace[],
  print: (text: string) => void,
): void {
  const list = () => {
    const secrets = (serverOfStore(options)?.secretFiles(process.env) ?? []).flatMap(listFolders);
    const read = [...readPlaces(options), ...secrets];
    const servers = [...listServers(options), ...receivers];
    const landlock = { read, write: writtenPlaces(options), ports: listPorts(servers) };
    return {
      landlock,
      syscalls: { sockets: ['packet', ...listSocketKinds(servers)], signals: views } as const,
    };
  };
  confine(buildConfinement(options.sandbox, [CAPABILITY.dacOverride, CAPABILITY.netRaw], list), print);
}

/** Confines the process of the pages: it reads files of reloads, writes only its logs, and makes no connections. */
export function confinePages(options: WatchOptions, print: (text: string) => void): void {
  const { identityLog } = options;
  const list = () => {
    const log = identityLog === undefined ? [] : listFolders(identityLog);
    const landlock = { read: readPlaces(options), write: [...log, '/dev/null'], ports: [] };
    return { landlock, syscalls: { sockets: [], signals: [] } };
  };
  confine(buildConfinement(options.sandbox, [CAPABILITY.dacOverride], list), print);
}

/** Lists the folders of outputs, because files are replaced and created. */
function writtenPlaces(options: WatchOptions): string[] {
  const store = serverOfStore(options) === null ? options.store : undefined;
  const files = [store, options.alertsFile].filter((file) => file !== undefined);
  return [
    ...(options.write === undefined ? [] : [findExistingParent(options.write)]),
    ...files.flatMap(listFolders),
    ...(keepsState(options) ? [findExistingParent(stateFolder(options))] : []),
    '/dev/null',
  ];
}

function readPlaces(options: WatchOptions): string[] {
  const { policy, advisories, hosts, sensors, signedConfig, trust, write, findingLog } = options;
  const reread = [policy, advisories, hosts, sensors, signedConfig, findingLog, ...trust].filter(
    (file) => file !== undefined,
  );
  // The spool records which signed configuration was in force.
  const spool = signedConfig === undefined || write === undefined ? [] : [findExistingParent(write)];
  // Folders of followed files are read too, because the files may be replaced.
  const logs = options.follow.flatMap((path) => [resolve(path), ...listFolders(path)]);
  return [
    ...listProgramPlaces(),
    ...spool,
    ...logs,
    ...reread.flatMap(listFolders),
    ...options.catalogue.map((folder) => resolve(folder)),
    ...listNetworkPlaces(),
  ];
}

const serverOfStore = ({ store }: WatchOptions): StoreServer | null =>
  store === undefined ? null : findServer(store);

function listServers(options: WatchOptions): ServerPlace[] {
  const { syslog, webhook } = options;
  const store = serverOfStore(options)?.placeOf(options.store ?? '') ?? null;
  const targets = [syslog, webhook].filter((target) => target !== undefined);
  const urls = targets.map((target) => new URL(target)).filter(({ protocol }) => protocol in DEFAULT_PORTS);
  const sinks = urls.map(({ hostname, port, protocol }) => ({
    host: hostname,
    port: Number(port) || (DEFAULT_PORTS[protocol] ?? 0),
    isUdp: protocol === 'udp:',
  }));
  return store === null ? sinks : [store, ...sinks];
}
