"""Registers what a function wants to be run before its snapshot is taken and after it went on from one.

The interface of AWS's package of this name, which Lambda's own runtimes bring along; a function's own copy goes first.
"""

__all__ = ["register_before_snapshot", "register_after_restore"]

_before_snapshot_registry = []
_after_restore_registry = []


def register_before_snapshot(func, *args, **kwargs):
    _before_snapshot_registry.append((func, args, kwargs))
    return func


def register_after_restore(func, *args, **kwargs):
    _after_restore_registry.append((func, args, kwargs))
    return func


def get_before_snapshot():
    return _before_snapshot_registry


def get_after_restore():
    return _after_restore_registry
