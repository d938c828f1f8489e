"""What can go wrong while bringing a stack up or down. Each message names the next thing to do."""

from __future__ import annotations


class StackError(Exception):
    """The base of them all: the command line prints it without a traceback."""


class InstallError(StackError):
    """A server could not be installed."""


class NotReadyError(StackError):
    """A process was started and did not become ready in time; the message ends with its last log lines."""


class NotDownError(StackError):
    """Something of this stack is still alive, or still listens, after `down`."""


class AddressesError(StackError):
    """Some addresses were given in the environment, but not all."""


class UnknownProcessError(StackError):
    """A name that is not in the table of processes."""
