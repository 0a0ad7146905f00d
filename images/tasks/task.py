"""What the programs have in common as tasks: log lines, errors, and signals."""

import signal
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from datetime import date
from types import FrameType
from typing import NoReturn

import store

FAILED = 1
WRONG_USAGE = 2  # the exit code of argparse


def run(main: Callable[[], None]) -> None:
    """Run a program. An error of the file system ends it with one line, without a traceback."""
    # The kernel ignores a signal to the first process of a container, unless it has a handler.
    signal.signal(signal.SIGTERM, _end)
    try:
        main()
    except OSError as error:
        fail(str(error))


def notify(text: str) -> None:
    """Write a line to Airflow's log without delay."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def fail(message: str, status: int = FAILED) -> NoReturn:
    """Write an error message and exit."""
    sys.stderr.write(f"{message}\n")
    raise SystemExit(status)


def date_argument() -> date:
    """The value of the command-line option --date."""
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
    signal.signal(number, signal.SIG_IGN)  # a second signal must not interrupt the clean-up
    raise SystemExit(128 + number)
