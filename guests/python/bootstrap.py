"""Runs a Lambda handler written in Python: loads it, then answers one call after the other.

Calls come in frames over a socket that this process inherits: a kind (one byte), the lengths of header and payload
(four bytes each, big endian), the header (JSON), the payload (raw). What a function can see of its runtime, down to
the wording of errors, is as the official client (awslambdaric) has it. Standard library only, Python 3.8 and newer.
"""

import importlib
import json
import logging
import os
import socket
import struct
import sys
import time
import traceback

PREFIX = struct.Struct(">cII")
READY, INIT_FAILED, CALL, RETURNED, FAILED = b"R", b"F", b"C", b"A", b"E"


class Link:
    """The socket to the host."""

    def __init__(self, descriptor):
        os.set_inheritable(descriptor, False)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, fileno=descriptor)

    def send(self, kind, payload=b""):
        self._socket.sendall(PREFIX.pack(kind, 0, len(payload)))
        if payload:
            self._socket.sendall(payload)

    def next_call(self):
        """The next call's header and payload; ends this process when the host is gone."""
        kind, header_length, payload_length = PREFIX.unpack(self._receive(PREFIX.size))
        header, payload = self._receive(header_length), self._receive(payload_length)
        if kind != CALL:
            sys.exit(1)
        return json.loads(header), payload

    def _receive(self, length):
        received = bytearray(length)
        view = memoryview(received)
        while view:
            count = self._socket.recv_into(view)
            if not count:
                sys.exit(0)
            view = view[count:]
        return received


class Fault(Exception):
    """A failure that is told under one of Lambda's own names."""

    def __init__(self, kind, message, trace=None):
        super().__init__(message)
        self.kind = kind
        self.trace = trace


class CognitoIdentity:
    __slots__ = ["cognito_identity_id", "cognito_identity_pool_id"]

    def __init__(self, identity):
        identity = identity or {}
        self.cognito_identity_id = identity.get("cognitoIdentityId")
        self.cognito_identity_pool_id = identity.get("cognitoIdentityPoolId")

    def __repr__(self):
        return "CognitoIdentity([cognito_identity_id={},cognito_identity_pool_id={}])".format(
            self.cognito_identity_id, self.cognito_identity_pool_id
        )


class Client:
    __slots__ = ["installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name"]

    def __init__(self, values):
        for name in self.__slots__:
            setattr(self, name, values.get(name))


class ClientContext:
    __slots__ = ["custom", "env", "client"]

    def __init__(self, values):
        self.client = Client(values["client"]) if values.get("client") else None
        self.custom = values.get("custom")
        self.env = values.get("env")


class LambdaContext:
    """What a handler is told about its call. Source: AWS Lambda developer guide, "Using the Lambda context object"."""

    def __init__(self, header):
        self.aws_request_id = header["requestId"]
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = header["invokedArn"]
        self.tenant_id = None
        context = header.get("clientContext")
        self.client_context = ClientContext(json.loads(context)) if context else None
        identity = header.get("cognitoIdentity")
        self.identity = CognitoIdentity(json.loads(identity) if identity else None)
        self._epoch_deadline_time_in_ms = header["deadlineMs"]

    def get_remaining_time_in_millis(self):
        return max(self._epoch_deadline_time_in_ms - int(time.time() * 1000), 0)

    def log(self, message):
        for handler in logging.getLogger().handlers:
            if isinstance(handler, LogHandler):
                handler.write(str(message))

    def __repr__(self):
        return "LambdaContext([aws_request_id={},log_group_name={},log_stream_name={},function_name={},{}])".format(
            self.aws_request_id,
            self.log_group_name,
            self.log_stream_name,
            self.function_name,
            "memory_limit_in_mb={},function_version={},invoked_function_arn={},client_context={},identity={}".format(
                self.memory_limit_in_mb,
                self.function_version,
                self.invoked_function_arn,
                self.client_context,
                self.identity,
            ),
        )


class LogHandler(logging.Handler):
    def write(self, text):
        sys.stdout.write(text)
        sys.stdout.flush()

    def emit(self, record):
        self.write(self.format(record))


class RequestFilter(logging.Filter):
    """Adds to every record the call that it belongs to."""

    current = None

    def filter(self, record):
        record.aws_request_id = RequestFilter.current or ""
        return True


class JsonFormatter(logging.Formatter):
    """Source: AWS Lambda developer guide, "Using structured JSON logs with Python"."""

    ORDINARY = frozenset(vars(logging.LogRecord("", 0, "", 0, "", (), None))) | {"message", "asctime", "aws_request_id"}

    def format(self, record):
        line = {
            "timestamp": self.formatTime(record, self.datefmt),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "requestId": record.aws_request_id,
        }
        if record.exc_info:
            kind, value, trace = record.exc_info
            line["stackTrace"] = traceback.format_list(traceback.extract_tb(trace))
            line["errorType"] = kind.__name__ if kind else None
            line["errorMessage"] = str(value)
            line["location"] = "{}:{}:{}".format(record.pathname, record.funcName, record.lineno)
        line.update((name, value) for name, value in vars(record).items() if name not in self.ORDINARY)
        return json.dumps(line, default=str, ensure_ascii=False) + "\n"


def set_up_logging():
    handler = LogHandler()
    logging.Formatter.converter = time.gmtime
    if os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON":
        handler.setFormatter(JsonFormatter(datefmt="%Y-%m-%dT%H:%M:%SZ"))
    else:
        form = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"
        handler.setFormatter(logging.Formatter(form, "%Y-%m-%dT%H:%M:%S"))
    handler.addFilter(RequestFilter())
    root = logging.getLogger()
    root.addHandler(handler)
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL")
    if level:
        root.setLevel({"TRACE": "NOTSET", "FATAL": "CRITICAL", "WARN": "WARNING"}.get(level, level))


def load_handler(name):
    """The function that `module.function` names; the module's part may be a path."""
    try:
        module_name, function_name = name.rsplit(".", 1)
    except ValueError as error:
        raise Fault("Runtime.MalformedHandlerName", "Bad handler '{}': {}".format(name, error))
    if module_name.split(".")[0] in sys.builtin_module_names:
        message = "Cannot use built-in module {} as a handler module".format(module_name)
        raise Fault("Runtime.BuiltInModuleConflict", message)
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise Fault("Runtime.ImportModuleError", "Unable to import module '{}': {}".format(module_name, error))
    except SyntaxError as error:
        trace = ['  File "{}" Line {}\n    {}'.format(error.filename, error.lineno, error.text)]
        raise Fault("Runtime.UserCodeSyntaxError", "Syntax error in module '{}': {}".format(module_name, error), trace)
    try:
        return getattr(module, function_name)
    except AttributeError:
        message = "Handler '{}' missing on module '{}'".format(function_name, module_name)
        raise Fault("Runtime.HandlerNotFound", message)


def describe(error, request_id=""):
    """The error document of an exception."""
    if isinstance(error, Fault):
        kind, trace = error.kind, error.trace or []
    else:
        frames = [(frame.filename, frame.lineno, frame.name, frame.line) for frame in traceback.extract_tb(error.__traceback__)]
        # Our own frames, and the import machinery's between them and the function's, tell its author nothing.
        while frames and (frames[0][0] == __file__ or frames[0][0].startswith("<frozen importlib")
                          or frames[0][0] == importlib.__file__):
            frames.pop(0)
        kind, trace = type(error).__name__, traceback.format_list(frames)
    return {"errorMessage": str(error), "errorType": kind, "requestId": request_id, "stackTrace": trace}


def log_error(document):
    lines = ["[ERROR] {}: {}".format(document["errorType"], document["errorMessage"])]
    lines.append("Traceback (most recent call last):")
    for element in document["stackTrace"]:
        for line in element.splitlines():
            indentation = len(line) - len(line.lstrip(" "))
            lines.append("\u00a0" * indentation + line.lstrip(" "))
    try:
        sys.stdout.write("\n".join(lines) + "\n")
    except Exception:
        pass  # A function may close or replace its streams; its caller is to be told all the same.


def encode_special(value):
    if type(value).__name__ == "Decimal" and type(value).__module__ == "decimal":
        return float(value)
    raise TypeError("Object of type {} is not JSON serializable".format(type(value).__name__))


def encode(result):
    try:
        return json.dumps(result, ensure_ascii=False, default=encode_special).encode("utf-8")
    except Exception as error:
        raise Fault("Runtime.MarshalError", "Unable to marshal response: {}".format(error))


def decode(payload):
    try:
        return json.loads(payload) if payload else {}
    except Exception as error:
        raise Fault("Runtime.UnmarshalError", "Unable to unmarshal input: {}".format(error))


def answer(handler, header, payload):
    """The kind and payload of a call's answer."""
    RequestFilter.current = header["requestId"]
    os.environ["_X_AMZN_TRACE_ID"] = header.get("traceId") or ""
    try:
        return RETURNED, encode(handler(decode(payload), LambdaContext(header)))
    except Exception as error:
        document = describe(error, header["requestId"])
        log_error(document)
        # In ASCII: a message may hold half a surrogate pair, and the error is to arrive.
        return FAILED, json.dumps(document).encode()


def prepare():
    """What comes before anything of a function is loaded."""
    version = "python{}.{}".format(*sys.version_info)
    # In place of this program's own directory.
    sys.path[0:1] = ["/var/task", "/opt/python/lib/{}/site-packages".format(version), "/opt/python"]
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True, errors="backslashreplace")


def installed_files(directory):
    """The files below `directory` that packages have installed there, as their records list them."""
    files = set()
    for name in os.listdir(directory):
        if name.endswith(".dist-info"):
            try:
                with open(os.path.join(directory, name, "RECORD"), encoding="utf-8") as record:
                    files.update(line.rsplit(",", 2)[0].strip('"') for line in record)
            except OSError:
                pass
    return files


def handler_module():
    return os.environ["_HANDLER"].rsplit(".", 1)[0].replace("/", ".")


def imported(before, handler):
    """The modules that were loaded since, in order, without the handler's and others that are the function's own."""
    installed = None
    names = []
    for name, module in list(sys.modules.items()):
        spec = getattr(module, "__spec__", None)
        if name in before or spec is None or spec.name != name or not spec.has_location:
            continue
        if (handler + ".").startswith(name + "."):
            continue
        if spec.origin.startswith("/var/task/"):
            if installed is None:
                installed = installed_files("/var/task")
            if spec.origin[len("/var/task/"):] not in installed:
                continue
        names.append(name)
    return names


def rehearsal(event, context):
    return event


def rehearse():
    """A start and a call of a function that does nothing, between two connected sockets. Leaves nothing behind."""
    ours, hosts = socket.socketpair()
    link = Link(ours.detach())
    header = b'{"requestId": "", "invokedArn": "", "deadlineMs": 0}'
    hosts.sendall(PREFIX.pack(CALL, len(header), 2) + header + b"{}")
    link.send(*answer(rehearsal, *link.next_call()))
    link._socket.close()
    hosts.close()
    RequestFilter.current = None
    del os.environ["_X_AMZN_TRACE_ID"]


def takes_snapshots():
    return os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start"


def registered(kind):
    """What a function has registered with snapshot_restore_py, if it has loaded that."""
    hooks = sys.modules.get("snapshot_restore_py")
    return getattr(hooks, "get_" + kind)() if hooks else []


def initialise():
    """The handler, at the point where a snapshot may be taken."""
    set_up_logging()
    handler = load_handler(os.environ["_HANDLER"])
    hooks = registered("before_snapshot") if takes_snapshots() else []
    while hooks:
        # Source: awslambdaric: the last one that was registered is the first one to be run.
        function, args, kwargs = hooks.pop()
        function(*args, **kwargs)
    return handler


def run(handler=None):
    """Answers calls; with a handler whose init was done in a snapshot, goes on from there."""
    link = Link(int(os.environ.pop("DAYFLY_GUEST_FD")))
    learns = os.environ.pop("DAYFLY_GUEST_LEARN", None)
    # Naming them all is writing to memory all over, which a fork shares until then.
    before = set(sys.modules) if learns else ()
    try:
        if handler is None:
            handler = initialise()
        if takes_snapshots():
            for function, args, kwargs in registered("after_restore"):
                function(*args, **kwargs)
    except Exception as error:
        document = describe(error)
        log_error(document)
        sys.stdout.flush()
        link.send(INIT_FAILED, encode(document))
        sys.exit(1)
    link.send(READY, json.dumps(imported(before, handler_module())).encode() if learns else b"")
    while True:
        header, payload = link.next_call()
        kind, payload = answer(handler, header, payload)
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except Exception:
                pass  # A function may close or replace its streams.
        link.send(kind, payload)


if __name__ == "__main__":
    prepare()
    run()
