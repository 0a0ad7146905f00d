"""The consoles that every command prints on. Colours and width are decided here and nowhere else.

Rich decides about colours: none where the output is not a terminal, or where NO_COLOR is set.
"""

import sys
from typing import NoReturn

from rich.console import Console

_UNLIMITED = 10_000  # columns; piped output is for files and other programs: no line is wrapped


class OutputConsole(Console):
    """A console that raises BrokenPipeError if the pipe is closed. Rich would end the process."""

    def on_broken_pipe(self) -> NoReturn:
        """Raises BrokenPipeError, which `console.errors` handles."""
        raise BrokenPipeError


def output(*, soft_wrap: bool = False) -> Console:
    """The console for results, on standard output.

    With `soft_wrap` the terminal wraps long lines itself, so that they can be copied as one line.
    """
    width = None if sys.stdout.isatty() else _UNLIMITED
    return OutputConsole(width=width, highlight=False, markup=False, soft_wrap=soft_wrap)


def messages() -> Console:
    """The console for progress, warnings and errors, on standard error."""
    return OutputConsole(stderr=True, highlight=False, markup=False, soft_wrap=True)
