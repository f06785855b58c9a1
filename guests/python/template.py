"""Loads the modules that a function imports from installed packages, then forks: each fork becomes an instance.

This process runs in a sandbox of its own, without credentials and without a network, and never loads the function's
own code, unless that asks for it: then its whole init is done here, and each fork goes on after that. Its host speaks in messages over a socket that it inherits: first what to load, then one message a fork,
with the descriptors of the sandbox in which the fork is to go on. Nothing outside relies on what happens here: what
this process may do is limited from outside, and what a fork does wrong harms only the function itself.
Standard library only, Python 3.8 and newer.
"""

import array
import ast
import ctypes
import gc
import importlib
import importlib.util
import json
import os
import select
import socket
import struct
import sys
import time

import bootstrap

# The name is free for a module of the function.
del sys.modules["bootstrap"]

CONTROL = 3
MESSAGE = 128 * 1024
BIRTH = 7
# Above all numbers that a fork is left with.
FIRST_FREE = 4
PR_SET_DUMPABLE, PR_CAPBSET_DROP = 4, 24
SECCOMP_SET_MODE_FILTER = 1
CAPABILITY_VERSION_3 = 0x20080522
SECCOMP = {"x86_64": 317, "aarch64": 277}[os.uname().machine]
UID, GID = 993, 990
# The environment before anything of a function has run.
BEFORE = dict(os.environ)
# Of what an init prints, in bytes.
PRINTED = 64 * 1024
# Asks a fork to print it: one of them is asked.
TELL = "DAYFLY_GUEST_TELL"

libc = ctypes.CDLL(None, use_errno=True)
# What os.fork does around the fork itself.
python = ctypes.pythonapi
library = ctypes.PyDLL("/var/runtime/birth.so")
# Of the packages that came with the function's code.
INSTALLED = set()


def check(result):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def receive(control):
    """The next message and its descriptors; ends this process when the host is gone."""
    descriptors = array.array("i")
    space = socket.CMSG_LEN(16 * descriptors.itemsize)
    message, ancillary, _, _ = control.recvmsg(MESSAGE, space)
    if not message:
        os._exit(0)
    for _, _, data in ancillary:
        descriptors.frombytes(data[: len(data) - len(data) % descriptors.itemsize])
    return json.loads(message), list(descriptors)


def is_own(file):
    return file.startswith("/var/task/") and file[len("/var/task/"):] not in INSTALLED


def may_load(name):
    """Whether it and the packages around it are there and not the function's own."""
    parts = name.split(".")
    for length in range(1, len(parts) + 1):
        name = ".".join(parts[:length])
        if name not in sys.modules:
            spec = importlib.util.find_spec(name)
            if spec is None or (spec.has_location and is_own(spec.origin)):
                return False
    return True


def load(modules):
    for name in modules:
        try:
            if may_load(name):
                importlib.import_module(name)
        except Exception:
            pass  # The function's own import will tell, if it needs this one.


def source_of(name):
    """The text of a module that is the function's own; nothing where it is none."""
    path = os.path.join("/var/task", *name.split("."))
    for file in (path + ".py", os.path.join(path, "__init__.py")):
        if is_own(file) and os.path.exists(file):
            with open(file, "rb") as opened:
                return opened.read()
    return None


def named(statement):
    """The modules that a statement imports, and what may be one of them."""
    if isinstance(statement, ast.Import):
        return [alias.name for alias in statement.names]
    if isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
        return [statement.module] + [statement.module + "." + alias.name for alias in statement.names]
    return []


def foreseen(name, seen):
    """What a module of the function will import whatever happens, as its text says. It is not run."""
    seen.add(name)
    text = source_of(name)
    try:
        statements = ast.parse(text).body if text is not None else []
    except (SyntaxError, ValueError):
        return
    for statement in statements:
        for imported in named(statement):
            yield imported
            if imported not in seen:
                yield from foreseen(imported, seen)


def pack_filter(steps):
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.c_char_p)]


def give_up_rights(steps):
    """What remains is what a function has: no capabilities, and the filter before its system calls."""
    os.setresgid(GID, GID, GID)
    os.setresuid(UID, UID, UID)
    capability = 0
    while libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0:
        capability += 1
    check(libc.capset(struct.pack("=Ii", CAPABILITY_VERSION_3, 0), bytes(24)))
    check(libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0))
    program = Program(len(steps) // 8, steps)
    check(libc.syscall(SECCOMP, SECCOMP_SET_MODE_FILTER, 0, ctypes.byref(program)))


class Printed:
    """What an init prints, from now on. A process that is nobody's child keeps it: neither a pipe that is full nor a lock that is held stops
    who prints."""

    def __init__(self):
        read, write = os.pipe()
        self.told, tell = os.pipe()
        midwife = os.fork()
        if not midwife:
            try:
                if not os.fork():
                    for descriptor in (CONTROL, write, self.told):
                        os.close(descriptor)
                    keep(read, tell)
            finally:
                os._exit(0)
        os.close(read)
        os.close(tell)
        os.waitpid(midwife, 0)
        to(write)

    def end(self):
        """Its first part. What is printed later goes nowhere."""
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        to(os.open(os.devnull, os.O_WRONLY))
        told = b""
        # Somebody who was left behind may still hold the pipe; then there will be no fork anyway.
        while select.select([self.told], [], [], 1)[0]:
            piece = os.read(self.told, PRINTED)
            if not piece:
                break
            told += piece
        os.close(self.told)
        number, text = told[:4], told[4:]
        if number:
            await_end(*struct.unpack("=i", number))
        return text


def to(descriptor):
    for standard in (1, 2):
        os.dup2(descriptor, standard)
    os.close(descriptor)


def keep(read, tell):
    kept, piece = b"", b"-"
    while piece:
        piece = os.read(read, PRINTED)
        kept += piece[: PRINTED - len(kept)]
    os.write(tell, struct.pack("=i", os.getpid()) + kept)


def await_end(process):
    """Until it is seen from outside no more."""
    for _ in range(1000):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return
        time.sleep(0.001)


def renew(environment):
    """What must not be the same in two forks, where it does not renew itself."""
    if bootstrap.takes_snapshots():
        # What the function's init has set stays.
        os.environ.update((name, value) for name, value in environment.items() if BEFORE.get(name) != value)
    else:
        # What stays is not touched: writing to it would be writing to memory all over.
        for name in [name for name in os.environ if name not in environment]:
            del os.environ[name]
        for name, value in environment.items():
            if os.environ.get(name) != value:
                os.environ[name] = value
    time.tzset()
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()
    uuid = sys.modules.get("uuid")
    if uuid is not None:
        uuid._node = uuid._last_timestamp = None


def fork(steps, descriptors, printed):
    """In the fork, returns once it is told who it is; in the template, returns `None` once its child has ended."""
    given = (ctypes.c_int * len(descriptors))(*descriptors)
    python.PyOS_BeforeFork()
    born = library.birth(given, len(descriptors))
    if born:
        python.PyOS_AfterFork_Parent()
        if born < 0:
            sys.exit(1)
        for descriptor in descriptors:
            os.close(descriptor)
        return None
    python.PyOS_AfterFork_Child()
    try:
        os.dup2(descriptors[BIRTH], CONTROL)
        os.closerange(FIRST_FREE, max(descriptors) + 1)
        sys.argv[0] = bootstrap.__file__
        os.setsid()
        os.chdir("/var/task")
        give_up_rights(steps)
        live(printed)
        return True
    except BaseException:
        bootstrap.log_error(bootstrap.describe(sys.exc_info()[1]))
        sys.stdout.flush()
        os._exit(1)


def live(printed):
    """Waits for the word who this is, and becomes it; tells what the init has printed, if this one is to."""
    host = socket.socket(fileno=os.dup(CONTROL))
    if not select.select([host], [], [], 0)[0]:
        # Nobody waits yet: what a start writes to becomes this process's own memory now.
        bootstrap.rehearse()
    order, (output, frames) = receive(host)
    host.close()
    to(output)
    os.dup2(frames, CONTROL)
    os.close(frames)
    tells = order["environment"].pop(TELL, None)
    renew(order["environment"])
    while tells and printed:
        printed = printed[os.write(1, printed):]


def snapshot():
    """The handler after the function's init, and what that has printed; ends this process when it fails: then there is no snapshot."""
    printed = Printed()
    handler = bootstrap.initialise()
    return handler, printed.end()


def main():
    control = socket.socket(fileno=CONTROL)
    os.set_inheritable(CONTROL, False)
    bootstrap.prepare()
    control.send(b"{}")
    told, _ = receive(control)
    steps = pack_filter(told["filter"])
    INSTALLED.update(bootstrap.installed_files("/var/task"))
    handler, printed = None, b""
    if bootstrap.takes_snapshots():
        handler, printed = snapshot()
    else:
        load([*foreseen(bootstrap.handler_module(), set()), *told["modules"]])
    gc.collect()
    gc.freeze()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    control.send(b"{}")
    while True:
        _, descriptors = receive(control)
        if fork(steps, descriptors, printed):
            break
    control.detach()
    bootstrap.run(handler)


if __name__ == "__main__":
    main()
