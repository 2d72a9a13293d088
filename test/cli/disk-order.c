// Loaded before a program (LD_PRELOAD): writes down in which order it forces files to disk, names and removes them, and
// writes to its standard output.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static int order = -1;

// Opened before the program gives up its rights.
__attribute__((constructor)) static void begin(void) {
  const char* path = getenv("DISK_ORDER");
  if (path != NULL) order = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void note(const char* what, const char* first, const char* second) {
  char line[2 * PATH_MAX + 32];
  const int length = snprintf(line, sizeof line, "%s\t%s\t%s\n", what, first, second);
  if (order >= 0 && length > 0) (void)!write(order, line, (size_t)length);
}

static void note_of(const char* what, int file) {
  char link[64];
  char path[PATH_MAX] = "";
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const ssize_t length = readlink(link, path, sizeof path - 1);
  path[length < 0 ? 0 : length] = '\0';
  note(what, path, "");
}

#define NEXT(name) ((__typeof__(name)*)dlsym(RTLD_NEXT, #name))

int fsync(int file) {
  const int result = NEXT(fsync)(file);
  if (result == 0) note_of("sync", file);
  return result;
}

int fdatasync(int file) {
  const int result = NEXT(fdatasync)(file);
  if (result == 0) note_of("sync", file);
  return result;
}

int rename(const char* from, const char* to) {
  const int result = NEXT(rename)(from, to);
  if (result == 0) note("rename", from, to);
  return result;
}

int unlink(const char* path) {
  const int result = NEXT(unlink)(path);
  if (result == 0) note("unlink", path, "");
  return result;
}

ssize_t writev(int file, const struct iovec* parts, int count) {
  if (file == STDOUT_FILENO) note("out", "", "");
  return NEXT(writev)(file, parts, count);
}

ssize_t write(int file, const void* bytes, size_t length) {
  static __typeof__(write)* next = NULL;
  if (next == NULL) next = NEXT(write);
  if (file == STDOUT_FILENO) note("out", "", "");
  return next(file, bytes, length);
}
