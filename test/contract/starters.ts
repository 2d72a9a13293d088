// Ways to start the program: as root, as an unprivileged user, and with the settings of the systemd unit of service/,
// through the same kernel features as systemd. Each in its own mount namespace.

import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { CLI } from './live-network.ts';

export type StarterName = 'root' | 'user' | 'unit';

/** User nobody, group nogroup. */
export const NOBODY = 65_534;

/** All required files have their own paths: their original folders may be inaccessible. */
const PLACES = `
set -e
root=$1 node=$2 families=$3 work=$4
shift 4
mount -t tmpfs -o mode=755 none /srv
mkdir /srv/wiretally /srv/state
touch /srv/node /srv/families
mount --bind "$root" /srv/wiretally
mount --bind "$node" /srv/node
mount --bind "$families" /srv/families
mount --bind "$work" /srv/state
cd /
`;

const AS_NOBODY = `setpriv --reuid ${NOBODY} --regid ${NOBODY} --clear-groups`;

/** Not covered: MemoryMax, SystemCallArchitectures, and a root file system in a namespace of systemd. */
const UNIT = `
# PrivateDevices
mkdir /srv/dev
mount -t tmpfs -o mode=755 none /srv/dev
for name in null zero full random urandom tty; do
  touch "/srv/dev/$name"
  mount --bind "/dev/$name" "/srv/dev/$name"
done
ln -s /proc/self/fd /srv/dev/fd
mount --move /srv/dev /dev
# PrivateTmp
mount -t tmpfs -o mode=1777 none /tmp
# ProtectHome
for home in /home /root /run/user; do
  if [ -d "$home" ]; then mount -t tmpfs -o mode=000,ro none "$home"; fi
done
# ProtectKernelTunables, ProtectControlGroups
for place in /proc/sys /sys; do
  mount --bind "$place" "$place"
  mount -o remount,bind,ro "$place"
done
# ProtectSystem=strict
for place in / /srv /srv/wiretally; do mount -o remount,bind,ro "$place"; done
# User, CapabilityBoundingSet, AmbientCapabilities, NoNewPrivileges, RestrictAddressFamilies
set -- /srv/families "$@"
export STATE_DIRECTORY=/srv/state
exec ${AS_NOBODY} --bounding-set=-all,+net_raw --inh-caps=-all,+net_raw --ambient-caps=-all,+net_raw --no-new-privs "$@"
`;

const LAST: Readonly<Record<StarterName, string>> = {
  root: 'exec "$@"',
  user: `exec ${AS_NOBODY} --inh-caps=-all "$@"`,
  unit: UNIT,
};

/** Where the folder of work is, and Node, as the started program sees them. */
export const WORK = '/srv/state';
const NODE = '/srv/node';

/** Made once: the program that refuses families of addresses. */
function families(): string {
  mkdirSync('build', { recursive: true });
  const program = resolve(`build/address-families-${process.pid}`);
  execFileSync('cc', ['-O2', '-o', program, 'test/contract/address-families.c']);
  return program;
}

let made: string | null = null;

/** The words that run `wiretally WORDS` so; paths in them are below WORK, where the folder given is found. */
export function started(
  by: StarterName,
  work: string,
  words: readonly string[],
  ofNode: readonly string[] = [],
): string[] {
  made ??= families();
  const root = resolve(dirname(CLI), '../..');
  const program = `/srv/wiretally/${relative(root, CLI)}`;
  const places = [root, process.execPath, made, work];
  const script = ['sh', '-c', PLACES + LAST[by], 'sh', ...places];
  return ['unshare', '--mount', '--propagation', 'private', ...script, NODE, ...ofNode, program, ...words];
}
