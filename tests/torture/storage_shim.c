/* Stands between SQLite and the system (LD_PRELOAD): fails the calls it is told to fail, and writes a trace of all that
 * reaches the files, from which every state that a power cut could leave can be built. Only for databases, their logs
 * and the file of acknowledgements. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WRITES = 'W', SYNCS = 'S', TRUNCATES = 'T', READS = 'R', HALF_WRITES = 'H' };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int trace = -1;
static char failing_kind;
static int failing_error, calls_before, failures_left, failed;

static ssize_t (*real_pwrite64)(int, const void *, size_t, off64_t);
static ssize_t (*real_pread64)(int, void *, size_t, off64_t);
static ssize_t (*real_write)(int, const void *, size_t);
static int (*real_fsync)(int);
static int (*real_ftruncate64)(int, off64_t);

__attribute__((constructor)) static void prepare(void) {
    real_pwrite64 = dlsym(RTLD_NEXT, "pwrite64");
    real_pread64 = dlsym(RTLD_NEXT, "pread64");
    real_write = dlsym(RTLD_NEXT, "write");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_ftruncate64 = dlsym(RTLD_NEXT, "ftruncate64");
    const char *path = getenv("SHIM_TRACE");
    if (path != NULL) trace = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* Fail `times` calls of that kind with `error`, after `before` that go well. Called by the test, through ctypes. */
void shim_fail(int kind, int error, int before, int times) {
    pthread_mutex_lock(&lock);
    failing_kind = (char)kind; failing_error = error; calls_before = before; failures_left = times; failed = 0;
    pthread_mutex_unlock(&lock);
}

/* How many calls have been failed since. */
int shim_failed(void) { return failed; }

/* 'd': a database, 'w': its log, 'a': the acknowledgements, 0: none of ours. */
static char file_of(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    const char *names[] = {".db", ".db-wal", ".acknowledged"};
    for (int i = 0; i < 3; i++) {
        size_t size = strlen(names[i]);
        if ((size_t)length >= size && strcmp(path + length - size, names[i]) == 0) return "dwa"[i];
    }
    return 0;
}

static int fails(char kind, char file) {
    if (file == 'a' || kind != failing_kind || failures_left == 0) return 0;
    if (calls_before > 0) { calls_before--; return 0; }
    failures_left--; failed++; errno = failing_error;
    return 1;
}

static void note(char kind, char file, int64_t offset, const void *data, int64_t length) {
    if (trace < 0) return;
    char head[18] = {kind, file};
    memcpy(head + 2, &offset, 8);
    memcpy(head + 10, &length, 8);
    if (real_write(trace, head, sizeof head) != sizeof head) abort();
    if (data != NULL && real_write(trace, data, (size_t)length) != length) abort();
}

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) {
    char file = file_of(fd);
    if (file == 0) return real_pwrite64(fd, data, length, offset);
    pthread_mutex_lock(&lock);
    ssize_t done = -1;
    if (fails(HALF_WRITES, file)) {
        real_pwrite64(fd, data, length / 2, offset);
        errno = failing_error;
    } else if (!fails(WRITES, file)) {
        done = real_pwrite64(fd, data, length, offset);
        if (done > 0) note(WRITES, file, offset, data, done);
    }
    pthread_mutex_unlock(&lock);
    return done;
}

ssize_t pread64(int fd, void *data, size_t length, off64_t offset) {
    char file = failing_kind == READS ? file_of(fd) : 0;
    if (file == 0) return real_pread64(fd, data, length, offset);
    pthread_mutex_lock(&lock);
    int is_failed = fails(READS, file);
    pthread_mutex_unlock(&lock);
    return is_failed ? -1 : real_pread64(fd, data, length, offset);
}

ssize_t write(int fd, const void *data, size_t length) {
    if (trace < 0 || file_of(fd) != 'a') return real_write(fd, data, length);
    pthread_mutex_lock(&lock);
    ssize_t done = real_write(fd, data, length);
    if (done > 0) note(WRITES, 'a', 0, data, done);
    pthread_mutex_unlock(&lock);
    return done;
}

int fsync(int fd) {
    char file = file_of(fd);
    if (file == 0) return real_fsync(fd);
    pthread_mutex_lock(&lock);
    int done = -1;
    if (!fails(SYNCS, file)) {
        done = trace < 0 ? real_fsync(fd) : 0; /* who writes a trace asks it, not the disk, what was synced */
        if (done == 0) note(SYNCS, file, 0, NULL, 0);
    }
    pthread_mutex_unlock(&lock);
    return done;
}

int ftruncate64(int fd, off64_t length) {
    char file = file_of(fd);
    if (file == 0) return real_ftruncate64(fd, length);
    pthread_mutex_lock(&lock);
    int done = real_ftruncate64(fd, length);
    if (done == 0) note(TRUNCATES, file, length, NULL, 0);
    pthread_mutex_unlock(&lock);
    return done;
}
