// What a Node.js template cannot do in JavaScript: take messages with descriptors, let a forked V8 keep its heap, and be
// born into a sandbox. Loaded by template.js alone. The declarations of Node-API and libuv are those of their stable
// interfaces, written out because no headers of Node.js are needed to build Dayfly.
#define _GNU_SOURCE
#include "../birth.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct napi_env_s *napi_env;
typedef struct napi_value_s *napi_value;
typedef struct napi_info_s *napi_info;
typedef struct uv_loop_s uv_loop_t;
typedef napi_value (*napi_callback)(napi_env, napi_info);
extern int napi_get_uv_event_loop(napi_env, uv_loop_t **);
extern int napi_create_function(napi_env, const char *, size_t, napi_callback, void *, napi_value *);
extern int napi_set_named_property(napi_env, napi_value, const char *, napi_value);
extern int napi_get_cb_info(napi_env, napi_info, size_t *, napi_value *, napi_value *, void **);
extern int napi_get_value_int32(napi_env, napi_value, int32_t *);
extern int napi_get_value_uint32(napi_env, napi_value, uint32_t *);
extern int napi_create_int32(napi_env, int32_t, napi_value *);
extern int napi_create_string_utf8(napi_env, const char *, size_t, napi_value *);
extern int napi_get_value_string_utf8(napi_env, napi_value, char *, size_t, size_t *);
extern int napi_get_array_length(napi_env, napi_value, uint32_t *);
extern int napi_get_element(napi_env, napi_value, uint32_t, napi_value *);
extern int napi_throw_error(napi_env, const char *, const char *);
extern int uv_loop_fork(uv_loop_t *);

// As the host numbers them: guests/python/template.py has the same.
enum { CONTROL = 3, FIRST_FREE = 4, UID = 993, GID = 990 };
enum { MESSAGE = 128 * 1024, DESCRIPTORS = 16, STEPS = 4096, OPEN = 1024 };

static char message[MESSAGE + 1];
static int given[DESCRIPTORS];
static struct sock_filter steps[STEPS];
static unsigned short step_count;

// Node's own descriptors as they were at the first fork, pipes by their inode. A template that has others later is none.
static char open_before[OPEN][32];

static ssize_t receive(int from) {
    char space[CMSG_SPACE(DESCRIPTORS * sizeof(int))];
    struct iovec part = {message, MESSAGE};
    struct msghdr head = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
    ssize_t length;
    do
        length = recvmsg(from, &head, MSG_CMSG_CLOEXEC);
    while (length < 0 && errno == EINTR);
    for (int i = 0; i < DESCRIPTORS; i++) given[i] = -1;
    if (length <= 0) return length;
    message[length] = 0;
    struct cmsghdr *control = CMSG_FIRSTHDR(&head);
    if (control && control->cmsg_type == SCM_RIGHTS)
        memcpy(given, CMSG_DATA(control), control->cmsg_len - CMSG_LEN(0));
    return length;
}

static napi_value text(napi_env env, const char *value, ssize_t length) {
    napi_value made = NULL;
    napi_create_string_utf8(env, value, (size_t)length, &made);
    return made;
}

// hear(): the host's next message. Ends this process when the host is gone.
static napi_value hear(napi_env env, napi_info info) {
    (void)info;
    ssize_t length = receive(CONTROL);
    if (length <= 0) _exit(0);
    return text(env, message, length);
}

// say(text)
static napi_value say(napi_env env, napi_info info) {
    size_t count = 1, length = 0;
    napi_value argument;
    char words[64];
    napi_get_cb_info(env, info, &count, &argument, NULL, NULL);
    napi_get_value_string_utf8(env, argument, words, sizeof words, &length);
    if (send(CONTROL, words, length, MSG_NOSIGNAL) < 0) _exit(0);
    return NULL;
}

// keep(numbers): the filter that a fork puts before its system calls, four numbers a step.
static napi_value keep(napi_env env, napi_info info) {
    size_t count = 1;
    uint32_t length = 0;
    napi_value list, element;
    napi_get_cb_info(env, info, &count, &list, NULL, NULL);
    napi_get_array_length(env, list, &length);
    if (length / 4 > STEPS) return napi_throw_error(env, NULL, "the filter is too long"), NULL;
    for (uint32_t i = 0; i < length; i++) {
        uint32_t number = 0;
        napi_get_element(env, list, i, &element);
        napi_get_value_uint32(env, element, &number);
        struct sock_filter *step = &steps[i / 4];
        switch (i % 4) {
        case 0: step->code = (uint16_t)number; break;
        case 1: step->jt = (uint8_t)number; break;
        case 2: step->jf = (uint8_t)number; break;
        default: step->k = number;
        }
    }
    step_count = (unsigned short)(length / 4);
    return NULL;
}

// V8 keeps its heap out of forks (MADV_DONTFORK): they are to have it.
static void let_heap_be_copied(void) {
    FILE *maps = fopen("/proc/self/maps", "re");
    char line[512];
    unsigned long start, end;
    if (!maps) return;
    while (fgets(line, sizeof line, maps))
        if (!strstr(line, "[v") && sscanf(line, "%lx-%lx", &start, &end) == 2)
            madvise((void *)start, end - start, MADV_DOFORK);
    fclose(maps);
}

static void read_link(int number, char *into, size_t size) {
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", number);
    ssize_t length = readlink(path, into, size - 1);
    into[length < 0 ? 0 : length] = 0;
}

static void note_descriptors(void) {
    for (int number = FIRST_FREE; number < OPEN; number++)
        if (fcntl(number, F_GETFD) >= 0) read_link(number, open_before[number], sizeof open_before[0]);
        else open_before[number][0] = 0;
}

static void replace(int number, int with) {
    if (with < 0) return;
    dup3(with, number, O_CLOEXEC);
    close(with);
}

// Event loops' descriptors are shared with the template and its other forks: what one does to them all would feel. Each
// becomes one of its kind that is this process's own. libuv has made its pipe for signals anew by itself.
static void own_descriptors(void) {
    char now[32];
    for (int number = FIRST_FREE; number < OPEN; number++) {
        if (!open_before[number][0]) continue;
        read_link(number, now, sizeof now);
        if (strcmp(now, open_before[number])) continue;
        if (strstr(now, "[eventfd]")) replace(number, eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
        else if (strstr(now, "[eventpoll]")) replace(number, epoll_create1(EPOLL_CLOEXEC));
        else replace(number, open("/dev/null", O_RDWR | O_CLOEXEC));
    }
}

// What remains is what a function has: no capabilities, and the filter before its system calls.
static int give_up_rights(void) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};
    struct sock_fprog program = {step_count, steps};
    if (setresgid(GID, GID, GID) || setresuid(UID, UID, UID)) return -1;
    for (int capability = 0; prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0; capability++) {}
    if (syscall(SYS_capset, &header, none) || prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)) return -1;
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

static napi_value flag(napi_env env, int value) {
    napi_value made = NULL;
    napi_create_int32(env, value, &made);
    return made;
}

// attempt(): forks without a sandbox. In the fork returns -1, in the template how the fork has ended.
static napi_value attempt(napi_env env, napi_info info) {
    (void)info;
    uv_loop_t *loop = NULL;
    int status = -1;
    napi_get_uv_event_loop(env, &loop);
    note_descriptors();
    let_heap_be_copied();
    pid_t child = fork();
    if (child) {
        while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {}
        return flag(env, WIFEXITED(status) ? WEXITSTATUS(status) : 255);
    }
    own_descriptors();
    if (uv_loop_fork(loop)) _exit(1);
    return flag(env, -1);
}

// bear(): says that all is loaded, then forks whenever the host orders it. Returns in the forks alone: nothing else runs
// in the template any more, which is now looked at from outside.
static napi_value bear(napi_env env, napi_info info) {
    (void)info;
    uv_loop_t *loop = NULL;
    napi_get_uv_event_loop(env, &loop);
    let_heap_be_copied();
    if (send(CONTROL, "{}", 2, MSG_NOSIGNAL) < 0) _exit(0);
    for (;;) {
        if (receive(CONTROL) <= 0) _exit(0);
        int count = 0;
        while (count < DESCRIPTORS && given[count] >= 0) count++;
        int born = birth(given, count);
        if (!born) break;
        for (int i = 0; i < count; i++) close(given[i]);
        if (born < 0) _exit(1);
    }
    dup2(given[BIRTH], CONTROL);
    for (int i = 0; i < DESCRIPTORS; i++) close(given[i]);
    own_descriptors();
    if (setsid() < 0 || chdir("/var/task") || give_up_rights() || uv_loop_fork(loop)) _exit(1);
    fcntl(CONTROL, F_SETFD, FD_CLOEXEC);
    return NULL;
}

// awaited(): whether the host has already said who this fork is.
static napi_value awaited(napi_env env, napi_info info) {
    (void)info;
    struct pollfd control = {CONTROL, POLLIN, 0};
    return flag(env, poll(&control, 1, 0) == 1);
}

// pair(): two sockets that are connected with each other, the one's number above 16 bits of the other's.
static napi_value pair(napi_env env, napi_info info) {
    (void)info;
    int both[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both)) return napi_throw_error(env, NULL, "no sockets"), NULL;
    return flag(env, both[0] << 16 | both[1]);
}

// live(): waits for the host's word who this fork is, and returns it. Output and frames are in place then.
static napi_value live(napi_env env, napi_info info) {
    (void)info;
    ssize_t length = receive(CONTROL);
    if (length <= 0 || given[1] < 0) _exit(0);
    dup2(given[0], 1);
    dup2(given[0], 2);
    dup2(given[1], CONTROL);
    close(given[0]);
    close(given[1]);
    return text(env, message, length);
}

// end(status): ends this process at once. Node's own way waits for threads that a fork does not have.
static napi_value end(napi_env env, napi_info info) {
    size_t count = 1;
    int32_t status = 0;
    napi_value argument;
    napi_get_cb_info(env, info, &count, &argument, NULL, NULL);
    napi_get_value_int32(env, argument, &status);
    _exit(status);
}

static napi_value number(napi_env env, napi_info info) {
    (void)info;
    return flag(env, getpid());
}

__attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env env, napi_value exports) {
    const struct { const char *name; napi_callback function; } all[] = {
        {"hear", hear}, {"say", say}, {"keep", keep}, {"attempt", attempt}, {"bear", bear}, {"awaited", awaited}, {"pair", pair},
        {"live", live}, {"end", end}, {"pid", number},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        napi_value function;
        napi_create_function(env, all[i].name, (size_t)-1, all[i].function, NULL, &function);
        napi_set_named_property(env, exports, all[i].name, function);
    }
    return exports;
}
