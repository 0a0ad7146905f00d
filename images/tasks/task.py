"""How each of the programs runs as a task: what it says, how it gives up, how it is ended."""

import signal
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from datetime import date
from types import FrameType
from typing import NoReturn

import store

FAILED = 1
WRONG_CALL = 2  # as argparse has it


def run(main: Callable[[], None]) -> None:
    """Run a program; what the file system refuses it is told in one line."""
    # The first process of a container is not ended by a signal that it does not handle.
    signal.signal(signal.SIGTERM, _end)
    try:
        main()
    except OSError as error:
        give_up(str(error))


def notify(text: str) -> None:
    """A line for Airflow's log, there at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def give_up(why: str, status: int = FAILED) -> NoReturn:
    """The last words of a task that can't be done."""
    sys.stderr.write(f"{why}\n")
    raise SystemExit(status)


def date_argument() -> date:
    """The day that the command line names."""
    parser = ArgumentParser()
    parser.add_argument("--date", type=_day, required=True, metavar="YYYY-MM-DD")
    day: date = parser.parse_args().date
    return day


def _day(text: str) -> date:
    try:
        return store.parse(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    signal.signal(number, signal.SIG_IGN)  # what tidies up is not ended in its turn
    raise SystemExit(128 + number)
