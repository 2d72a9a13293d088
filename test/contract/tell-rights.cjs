// Loaded before the program (node --require): when it ends, tells on descriptor 3 which rights each of its threads has then,
// and whether a file that no word of its command names can be read, written or changed in its mode, a program started or
// signalled, the passwords of the machine read.

const { execFileSync } = require('node:child_process');
const { chmodSync, readdirSync, readFileSync, writeFileSync, writeSync } = require('node:fs');
const { isMainThread } = require('node:worker_threads');

const FIELDS = ['Uid', 'CapEff', 'CapBnd', 'NoNewPrivs', 'Seccomp'];

function codeOf(action) {
  try {
    action();
    return 'done';
  } catch (error) {
    return error.code;
  }
}

function rights() {
  const told = readdirSync('/proc/self/task').map((thread) => {
    const status = readFileSync(`/proc/self/task/${thread}/status`, 'utf8');
    return FIELDS.map((name) => new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(status)?.[1]).join(' ');
  });
  return [...new Set(told)];
}

if (isMainThread) {
  process.on('exit', () => {
    const secret = process.env.SECRET;
    const tries = {
      read: codeOf(() => readFileSync(secret)),
      written: codeOf(() => writeFileSync(`${secret}.new`, '')),
      mode: codeOf(() => chmodSync(secret, 0o600)),
      program: codeOf(() => execFileSync('/bin/true')),
      signal: codeOf(() => process.kill(process.ppid, 0)),
      passwords: codeOf(() => readFileSync('/etc/shadow')),
    };
    writeSync(3, JSON.stringify({ rights: rights(), ...tries }));
  });
}
