/*
 * A library for LD_PRELOAD that lets file operations of a process go wrong, really: it stands between the process and the C library. It
 * looks at files whose path contains "/logs/" or ends in "/logs", and at a directory, $FAULTS, in which others put files:
 *
 *     sync-error    the next sync fails with EIO and does nothing
 *     sync-slow     the next sync takes 5 s
 *     write-half    the next write writes half of its bytes, and the one after it fails with EIO
 *     kill          holds a number: SIGKILL in place of the so many-th operation from now on
 *     power         the same with a power cut: FS_IOC_SHUTDOWN of the file system
 *
 * An order is removed when it is carried out, and "fired-" and its name is there instead, with the operation's name in it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define FS_IOC_SHUTDOWN _IOR('X', 125, unsigned int)
#define NO_JOURNAL 2

static int fail_next_write;

/* All that follows goes past this library. */
static int raw_open(const char *path, int flags) { return (int)syscall(SYS_openat, AT_FDCWD, path, flags, 0600); }

static const char *order_path(const char *prefix, const char *name, char *path, size_t size) {
  const char *directory = getenv("FAULTS");
  if (!directory) return NULL;
  snprintf(path, size, "%s/%s%s", directory, prefix, name);
  return path;
}

static void done(const char *name, const char *operation) {
  char from[1024], to[1024];
  int fd;
  if (!order_path("", name, from, sizeof from) || !order_path("fired-", name, to, sizeof to)) return;
  fd = raw_open(to, O_WRONLY | O_CREAT | O_TRUNC);
  if (fd >= 0) {
    syscall(SYS_write, fd, operation, strlen(operation));
    syscall(SYS_close, fd);
  }
  syscall(SYS_unlink, from);
}

/* Whether there is an order; for those that hold a number, whether this is the operation that it means. */
static int ordered(const char *name, int counts) {
  char path[1024], text[32] = "";
  int fd, left;
  if (!order_path("", name, path, sizeof path)) return 0;
  fd = raw_open(path, O_RDWR);
  if (fd < 0) return 0;
  if (!counts) {
    syscall(SYS_close, fd);
    return 1;
  }
  syscall(SYS_read, fd, text, sizeof text - 1);
  left = atoi(text) - 1;
  if (left > 0) {
    snprintf(text, sizeof text, "%-9d", left);
    syscall(SYS_pwrite64, fd, text, strlen(text), 0);
  }
  syscall(SYS_close, fd);
  return left <= 0;
}

static int is_ours(const char *path) {
  size_t length = strlen(path);
  return strstr(path, "/logs/") != NULL || (length >= 5 && strcmp(path + length - 5, "/logs") == 0);
}

static int is_our_file(int fd) {
  char link[64], path[4096];
  ssize_t length;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return is_ours(path);
}

/* Every operation that changes something comes here first. */
static void step(const char *operation, const char *path) {
  if (ordered("kill", 1)) {
    done("kill", operation);
    kill(getpid(), SIGKILL);
    pause();
  }
  if (ordered("power", 1)) {
    char directory[4096];
    unsigned int flag = NO_JOURNAL;
    char *end;
    int fd;
    snprintf(directory, sizeof directory, "%s", path);
    end = strstr(directory, "/logs");
    if (end) *end = 0;
    fd = raw_open(directory, O_RDONLY | O_DIRECTORY);
    if (fd < 0 || ioctl(fd, FS_IOC_SHUTDOWN, &flag) != 0) return;
    syscall(SYS_close, fd);
    done("power", operation);
  }
}

static void step_of_file(const char *operation, int fd) {
  char link[64], path[4096];
  ssize_t length;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  length = readlink(link, path, sizeof path - 1);
  if (length < 0) return;
  path[length] = 0;
  step(operation, path);
}

static int synced(const char *operation, int fd, int (*real)(int)) {
  if (!is_our_file(fd)) return real(fd);
  step_of_file(operation, fd);
  if (ordered("sync-error", 0)) {
    done("sync-error", operation);
    errno = EIO;
    return -1;
  }
  if (ordered("sync-slow", 0)) {
    done("sync-slow", operation);
    sleep(5);
  }
  return real(fd);
}

int fsync(int fd) { return synced("fsync", fd, dlsym(RTLD_NEXT, "fsync")); }
int fdatasync(int fd) { return synced("fdatasync", fd, dlsym(RTLD_NEXT, "fdatasync")); }

/* Whether the write is to fail; and how many bytes of it are to be written, if not all. */
static int write_fails(int fd, size_t bytes, size_t *half) {
  *half = 0;
  if (!is_our_file(fd)) return 0;
  step_of_file("write", fd);
  if (fail_next_write) {
    fail_next_write = 0;
    errno = EIO;
    return 1;
  }
  if (bytes > 1 && ordered("write-half", 0)) {
    done("write-half", "write");
    fail_next_write = 1;
    *half = bytes / 2;
  }
  return 0;
}

ssize_t pwrite64(int fd, const void *buffer, size_t count, off64_t offset) {
  size_t half;
  if (write_fails(fd, count, &half)) return -1;
  return syscall(SYS_pwrite64, fd, buffer, half ? half : count, offset);
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) {
  size_t bytes = 0, half;
  int i;
  for (i = 0; i < count; i++) bytes += parts[i].iov_len;
  if (write_fails(fd, bytes, &half)) return -1;
  if (half == 0) return syscall(SYS_pwritev, fd, parts, count, (long)offset, 0L);
  /* Of the first part at most: what matters is that it is not all. */
  if (half > parts[0].iov_len) half = parts[0].iov_len;
  return syscall(SYS_pwrite64, fd, parts[0].iov_base, half, offset);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) { return pwritev64(fd, parts, count, offset); }

#define NAMED(name, parameters, arguments, path)                                  \
  int name parameters {                                                           \
    int(*real) parameters = dlsym(RTLD_NEXT, #name);                              \
    if (is_ours(path)) step(#name, path);                                         \
    return real arguments;                                                        \
  }

NAMED(link, (const char *from, const char *to), (from, to), to)
NAMED(rename, (const char *from, const char *to), (from, to), to)
NAMED(unlink, (const char *path), (path), path)

int ftruncate64(int fd, off64_t size) {
  int (*real)(int, off64_t) = dlsym(RTLD_NEXT, "ftruncate64");
  if (is_our_file(fd)) step_of_file("ftruncate", fd);
  return real(fd, size);
}

static int opened(const char *path, int flags, mode_t mode) {
  if ((flags & O_CREAT) != 0 && is_ours(path)) step("open", path);
  return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int open(const char *path, int flags, ...) {
  va_list more;
  mode_t mode;
  va_start(more, flags);
  mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  return opened(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  va_list more;
  mode_t mode;
  va_start(more, flags);
  mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  return opened(path, flags, mode);
}
