//! Sandboxes of Linux namespaces, cgroups and seccomp.
