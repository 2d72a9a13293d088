// Which C++ files a change concerns.

import { posix } from 'node:path';

/** Of `files` those that are in `changed`, or include one of them, however far away. `read` gives the text of a file. */
export function findAffected(files, changed, read) {
  const includes = new Map();
  const includesOf = (file) => {
    if (!includes.has(file)) includes.set(file, findIncludes(file, read(file)));
    return includes.get(file);
  };
  return files.filter((file) => {
    const reads = new Set([file]);
    for (const each of reads) for (const header of includesOf(each)) reads.add(header);
    return changed.some((each) => reads.has(each));
  });
}

/** Of the project: with quotation marks, relative to the file that includes them. */
function findIncludes(file, text) {
  const includes = text.matchAll(/^[ \t]*#[ \t]*include[ \t]*"([^"]+)"/gm);
  return [...includes].map(([, path]) => posix.join(posix.dirname(file), path));
}
