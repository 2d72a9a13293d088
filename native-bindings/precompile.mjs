// Compiles a header once for all sources that include it with -include, for binding.gyp. A compiler takes what is compiled only
// under the same flags; otherwise it reads the header itself. usage: precompile.mjs HEADER OUTPUT.gch COMPILER FLAGS

import { spawnSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';

const [header, output, compiler, flags] = process.argv.slice(2);
const copy = output.replace(/\.gch$/, '');
copyFileSync(header, copy);
// Make's variables hold commands of a shell; their paths start at the folder "build".
const command = `exec ${compiler} ${flags.replace(/-include \S+/, '')} -x c++-header -o "$0" "$1"`;
process.exit(spawnSync('sh', ['-c', command, output, copy], { stdio: 'inherit', cwd: 'build' }).status ?? 1);
