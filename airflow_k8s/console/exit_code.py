"""The exit codes of airflow-platform."""

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ended, for scripts. Each command's `--help` lists the codes that it uses."""

    OK = 0
    """The command did what it was asked to do, and found nothing wrong."""
    FAILED = 1
    """The command found something wrong, or it stopped with an error message."""
    DRIFT = 2
    """Only `drift`: the cluster differs from the stack."""
    USAGE = 2
    """The command line is wrong: an unknown option, a missing STACK."""
    INTERRUPTED = 130
    """Ctrl-C; for `up`, `down`, `status` and `rehearse` also SIGTERM."""
    BROKEN_PIPE = 141
    """The reader of the output is gone, as in `airflow-platform render dev | head`."""
