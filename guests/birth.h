// How a template's program forks into a sandbox. For guests/node/fork.c and, as a library of its own, guests/python/template.py.

// What comes with the order to fork, as the host numbers it: descriptors of the sandbox's namespaces, that of processes first; the
// channel to the host; the pipe on which the sandbox's init hears of its program; then the files by which cgroups are entered.
enum { NAMESPACES = 7, BIRTH = 7, TELL = 8, GIVEN = 9 };

// Forks this process, which has one thread that matters, into the sandbox that `given` names, by `count` descriptors. Returns 0 in the
// fork, which is its init's child, and something else in the template, once the fork is on its way or nothing came of it.
int birth(const int *given, int count);
