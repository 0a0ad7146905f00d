"""Finds the program actionlint."""

from collections.abc import Callable
from pathlib import Path

from airflow_k8s.toolchain import go_build
from airflow_k8s.toolchain.program import Module, Program, install

_OLDEST, _TOO_NEW = (1, 7, 0), (2, 0, 0)
_ACTIONLINT = Program(
    name="actionlint",
    module=Module(folder=go_build.MODULES / "actionlint", path="github.com/rhysd/actionlint"),
    package="/cmd/actionlint",
    build_time="a minute",
    alternative="put actionlint 1.7 or newer on PATH",
)


def find_actionlint(notify: Callable[[str], None]) -> Path:
    """The actionlint on PATH if its version fits, else the pinned one in the cache.

    The first call downloads or builds it. Raises UserError if neither is possible.
    """
    installed = _ACTIONLINT.on_path_within(_OLDEST, _TOO_NEW)
    if installed:
        return installed
    install([_ACTIONLINT], notify)
    return _ACTIONLINT.file
