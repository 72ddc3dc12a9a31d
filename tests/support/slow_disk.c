/* For LD_PRELOAD: while the file that SLOW_DISK names exists, writes to regular files opened under the name in
   SLOW_DISK_FILE wait, and so does fdatasync. A disk that hangs, for tests. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int concerns(int fd) {
  const char *wanted = getenv("SLOW_DISK_FILE");
  char link[64];
  char path[4096];
  if (wanted == NULL) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t size = readlink(link, path, sizeof path - 1);
  if (size <= 0) return 0;
  path[size] = '\0';
  return strcmp(path, wanted) == 0;
}

static void wait_for_disk(int fd) {
  const char *control = getenv("SLOW_DISK");
  if (control == NULL || !concerns(fd)) return;
  while (access(control, F_OK) == 0) usleep(2000);
}

ssize_t write(int fd, const void *bytes, size_t size) {
  static ssize_t (*next)(int, const void *, size_t);
  if (next == NULL) *(void **)&next = dlsym(RTLD_NEXT, "write");
  wait_for_disk(fd);
  return next(fd, bytes, size);
}

int fdatasync(int fd) {
  static int (*next)(int);
  if (next == NULL) *(void **)&next = dlsym(RTLD_NEXT, "fdatasync");
  wait_for_disk(fd);
  return next(fd);
}
