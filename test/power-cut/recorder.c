/*
 * Recorder: preloaded into the process of a node, it writes down in order what that process does to
 * the files below one directory (QRT_RECORD_ROOT) and what leaves it through sockets, into the file
 * QRT_RECORD_FILE. It changes nothing. What it cannot follow (a shared writable mapping of a file
 * that is not SQLite's index of its log, a copy within the kernel) it writes down as such, so that
 * the reader fails rather than misses something.
 *
 * Directories and files are told apart by inode. Every call that is recorded is made while one lock
 * is held: the order in the recording is the order in which they took effect.
 *
 * Format of an entry, little endian: kind (1 byte), inode, second inode, offset (8 bytes each),
 * two lengths (4 bytes each), and that many bytes twice.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define SHM_HEADER 136

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int out = -1;
static char root[PATH_MAX];
static const unsigned char *shm;
static ino_t shm_inode;
static unsigned char shm_last[SHM_HEADER];

/* Handlers of signals write, too: none may run in a thread that holds the lock. */
static void take_lock(sigset_t *before) {
  sigset_t every;
  sigfillset(&every);
  pthread_sigmask(SIG_SETMASK, &every, before);
  pthread_mutex_lock(&lock);
}

static void free_lock(const sigset_t *before) {
  pthread_mutex_unlock(&lock);
  pthread_sigmask(SIG_SETMASK, before, NULL);
}

/* A thread that holds the lock does not exist in a process that another one forks. */
static sigset_t at_fork;
static void before_fork(void) {
  sigset_t before;
  take_lock(&before);
  at_fork = before;
}
static void after_fork(void) {
  sigset_t before = at_fork;
  free_lock(&before);
}
static void in_child(void) {
  out = -1;
  pthread_mutex_init(&lock, NULL);
  pthread_sigmask(SIG_SETMASK, &at_fork, NULL);
}

__attribute__((constructor)) static void begin(void) {
  pthread_atfork(before_fork, after_fork, in_child);
  const char *file = getenv("QRT_RECORD_FILE");
  const char *wanted = getenv("QRT_RECORD_ROOT");
  if (file && wanted && realpath(wanted, root)) {
    out = syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  }
  /* The workers of the node are none of our business. */
  unsetenv("LD_PRELOAD");
  unsetenv("QRT_RECORD_FILE");
}

static void entry(char kind, uint64_t inode, uint64_t other, int64_t offset, const void *one,
                  uint32_t one_length, const void *two, uint32_t two_length) {
  char head[33];
  head[0] = kind;
  memcpy(head + 1, &inode, 8);
  memcpy(head + 9, &other, 8);
  memcpy(head + 17, &offset, 8);
  memcpy(head + 25, &one_length, 4);
  memcpy(head + 29, &two_length, 4);
  struct iovec parts[3] = {{head, sizeof head}, {(void *)one, one_length}, {(void *)two, two_length}};
  if (syscall(SYS_writev, out, parts, 3) != (long)sizeof head + one_length + two_length) abort();
}

/* What the index of the log says now: it may be on disk at any time, in any state it ever had. */
static void note_shm(void) {
  if (!shm || memcmp(shm, shm_last, SHM_HEADER) == 0) return;
  memcpy(shm_last, shm, SHM_HEADER);
  entry('i', shm_inode, 0, 0, shm_last, SHM_HEADER, "", 0);
}

/* 'f' a file below the root, 'd' a directory there, 's' a socket, 0 anything else. */
static char kind_of(int fd, struct stat *found) {
  if (out < 0 || fstat(fd, found) != 0) return 0;
  if (S_ISSOCK(found->st_mode)) return 's';
  if (!S_ISREG(found->st_mode) && !S_ISDIR(found->st_mode)) return 0;
  char name[64], path[PATH_MAX];
  snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(name, path, sizeof path - 1);
  size_t prefix = strlen(root);
  if (length < (ssize_t)prefix || strncmp(path, root, prefix) != 0) return 0;
  if (path[prefix] != '/' && length != (ssize_t)prefix) return 0;
  return S_ISREG(found->st_mode) ? 'f' : 'd';
}

/* The directory of a path and the last name in it; 0 when that is not below the root. */
static int place_of(int at, const char *path, struct stat *parent, char *name) {
  if (out < 0) return 0;
  char copy[PATH_MAX];
  snprintf(copy, sizeof copy, "%s", path);
  size_t length = strlen(copy);
  while (length > 1 && copy[length - 1] == '/') copy[--length] = 0;
  char *slash = strrchr(copy, '/');
  snprintf(name, NAME_MAX + 1, "%s", slash ? slash + 1 : copy);
  if (slash) *(slash == copy ? slash + 1 : slash) = 0;
  else strcpy(copy, ".");
  int fd = syscall(SYS_openat, at, copy, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return 0;
  char kind = kind_of(fd, parent);
  syscall(SYS_close, fd);
  return kind == 'd';
}

static void note_data(int fd, const struct iovec *parts, int count, ssize_t done, off_t offset) {
  struct stat file;
  char kind = kind_of(fd, &file);
  if (!kind || done <= 0) return;
  char *bytes = malloc(done);
  size_t held = 0;
  for (int i = 0; i < count && held < (size_t)done; i++) {
    size_t take = parts[i].iov_len;
    if (take > done - held) take = done - held;
    memcpy(bytes + held, parts[i].iov_base, take);
    held += take;
  }
  note_shm();
  if (kind == 's') entry('n', fd, 0, 0, bytes, done, "", 0);
  if (kind == 'f') entry('w', file.st_ino, 0, offset, bytes, done, "", 0);
  free(bytes);
}

#define RECORDED(call) \
  sigset_t before_call; \
  take_lock(&before_call); \
  __typeof__(call) done = (call); \
  int saved = errno;
#define DONE \
  free_lock(&before_call); \
  errno = saved; \
  return done;

ssize_t write(int fd, const void *bytes, size_t length) {
  RECORDED(NEXT(write)(fd, bytes, length))
  struct iovec part = {(void *)bytes, length};
  note_data(fd, &part, 1, done, lseek(fd, 0, SEEK_CUR) - done);
  DONE
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  RECORDED(NEXT(writev)(fd, parts, count))
  note_data(fd, parts, count, done, lseek(fd, 0, SEEK_CUR) - done);
  DONE
}

#define PWRITE(name, offset_type) \
  ssize_t name(int fd, const void *bytes, size_t length, offset_type offset) { \
    RECORDED(NEXT(name)(fd, bytes, length, offset)) \
    struct iovec part = {(void *)bytes, length}; \
    note_data(fd, &part, 1, done, offset); \
    DONE \
  }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define PWRITEV(name, offset_type) \
  ssize_t name(int fd, const struct iovec *parts, int count, offset_type offset) { \
    RECORDED(NEXT(name)(fd, parts, count, offset)) \
    note_data(fd, parts, count, done, offset); \
    DONE \
  }
PWRITEV(pwritev, off_t)
PWRITEV(pwritev64, off64_t)

ssize_t send(int fd, const void *bytes, size_t length, int flags) {
  RECORDED(NEXT(send)(fd, bytes, length, flags))
  struct iovec part = {(void *)bytes, length};
  note_data(fd, &part, 1, done, 0);
  DONE
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
  RECORDED(NEXT(sendmsg)(fd, message, flags))
  note_data(fd, message->msg_iov, message->msg_iovlen, done, 0);
  DONE
}

static void note_inode(char kind, int fd, int64_t offset) {
  struct stat file;
  char found = kind_of(fd, &file);
  if (found == 'f' || found == 'd') {
    note_shm();
    entry(kind, file.st_ino, 0, offset, "", 0, "", 0);
  }
}

#define TRUNCATE(name, offset_type) \
  int name(int fd, offset_type length) { \
    RECORDED(NEXT(name)(fd, length)) \
    if (done == 0) note_inode('t', fd, length); \
    DONE \
  }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

int fsync(int fd) {
  RECORDED(NEXT(fsync)(fd))
  if (done == 0) note_inode('s', fd, 0);
  DONE
}

int fdatasync(int fd) {
  RECORDED(NEXT(fdatasync)(fd))
  if (done == 0) note_inode('s', fd, 0);
  DONE
}

static int open_at(int at, const char *path, int flags, mode_t mode) {
  sigset_t before_call;
  take_lock(&before_call);
  struct stat before, file, parent;
  char name[NAME_MAX + 1];
  int is_new = (flags & O_CREAT) && fstatat(at, path, &before, 0) != 0;
  int done = syscall(SYS_openat, at, path, flags, mode);
  int saved = errno;
  if (done >= 0 && is_new && place_of(at, path, &parent, name) && kind_of(done, &file) == 'f') {
    note_shm();
    entry('c', parent.st_ino, file.st_ino, file.st_mode, name, strlen(name), "", 0);
  }
  if (done >= 0 && !is_new && (flags & O_TRUNC)) note_inode('t', done, 0);
  DONE
}

#define MODE \
  mode_t mode = 0; \
  if (flags & (O_CREAT | O_TMPFILE)) { \
    va_list rest; \
    va_start(rest, flags); \
    mode = va_arg(rest, mode_t); \
    va_end(rest); \
  }

int open(const char *path, int flags, ...) { MODE return open_at(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE return open_at(AT_FDCWD, path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { MODE return open_at(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE return open_at(at, path, flags, mode); }

static void note_directory(const char *path) {
  struct stat made, parent;
  char name[NAME_MAX + 1];
  if (stat(path, &made) == 0 && place_of(AT_FDCWD, path, &parent, name)) {
    entry('m', parent.st_ino, made.st_ino, made.st_mode, name, strlen(name), "", 0);
  }
}

int mkdir(const char *path, mode_t mode) {
  RECORDED(NEXT(mkdir)(path, mode))
  if (done == 0) note_directory(path);
  DONE
}

char *mkdtemp(char *path) {
  RECORDED(NEXT(mkdtemp)(path))
  if (done) note_directory(path);
  DONE
}

static void note_removed(int at, const char *path) {
  struct stat parent;
  char name[NAME_MAX + 1];
  if (place_of(at, path, &parent, name)) {
    note_shm();
    entry('u', parent.st_ino, 0, 0, name, strlen(name), "", 0);
  }
}

int unlink(const char *path) {
  RECORDED(NEXT(unlink)(path))
  if (done == 0) note_removed(AT_FDCWD, path);
  DONE
}

int unlinkat(int at, const char *path, int flags) {
  RECORDED(NEXT(unlinkat)(at, path, flags))
  if (done == 0) note_removed(at, path);
  DONE
}

int rmdir(const char *path) {
  RECORDED(NEXT(rmdir)(path))
  if (done == 0) note_removed(AT_FDCWD, path);
  DONE
}

int rename(const char *from, const char *to) {
  RECORDED(NEXT(rename)(from, to))
  struct stat one, two;
  char first[NAME_MAX + 1], second[NAME_MAX + 1];
  int is_one = done == 0 && place_of(AT_FDCWD, from, &one, first);
  int is_two = done == 0 && place_of(AT_FDCWD, to, &two, second);
  if (is_one && is_two) {
    entry('r', one.st_ino, two.st_ino, 0, first, strlen(first), second, strlen(second));
  } else if (is_one || is_two) {
    entry('?', 0, 0, 0, "rename", 6, "", 0);
  }
  DONE
}

static void note_unknown(int fd, const char *call) {
  struct stat file;
  if (kind_of(fd, &file) == 'f') entry('?', file.st_ino, 0, 0, call, strlen(call), "", 0);
}

static void note_map(void *place, int fd, int protection, int flags, off64_t offset) {
  struct stat file;
  if (place == MAP_FAILED || fd < 0 || !(protection & PROT_WRITE) || !(flags & MAP_SHARED)) return;
  if (kind_of(fd, &file) != 'f') return;
  char name[64], path[PATH_MAX];
  snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(name, path, sizeof path - 1);
  if (length < 4 || strncmp(path + length - 4, "-shm", 4) != 0) return note_unknown(fd, "mmap");
  if (offset != 0) return;
  shm = place;
  shm_inode = file.st_ino;
  memset(shm_last, 0xff, sizeof shm_last);
}

void *mmap(void *want, size_t length, int protection, int flags, int fd, off_t offset) {
  RECORDED(NEXT(mmap)(want, length, protection, flags, fd, offset))
  if (out >= 0) note_map(done, fd, protection, flags, offset);
  DONE
}

void *mmap64(void *want, size_t length, int protection, int flags, int fd, off64_t offset) {
  RECORDED(NEXT(mmap64)(want, length, protection, flags, fd, offset))
  if (out >= 0) note_map(done, fd, protection, flags, offset);
  DONE
}

int munmap(void *place, size_t length) {
  sigset_t before_call;
  take_lock(&before_call);
  if (place == shm) {
    note_shm();
    shm = NULL;
  }
  int done = NEXT(munmap)(place, length);
  int saved = errno;
  DONE
}

int fallocate64(int fd, int mode, off64_t offset, off64_t length) {
  RECORDED(NEXT(fallocate64)(fd, mode, offset, length))
  note_unknown(fd, "fallocate");
  DONE
}

int posix_fallocate64(int fd, off64_t offset, off64_t length) {
  RECORDED(NEXT(posix_fallocate64)(fd, offset, length))
  note_unknown(fd, "posix_fallocate");
  DONE
}

ssize_t copy_file_range(int in, off64_t *from, int to, off64_t *at, size_t length, unsigned flags) {
  RECORDED(NEXT(copy_file_range)(in, from, to, at, length, flags))
  note_unknown(to, "copy_file_range");
  DONE
}

ssize_t sendfile64(int to, int from, off64_t *at, size_t length) {
  RECORDED(NEXT(sendfile64)(to, from, at, length))
  note_unknown(to, "sendfile");
  DONE
}
