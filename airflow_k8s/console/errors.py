"""The error handler of all commands: one message on standard error, and an exit code."""

import functools
import os
import sys
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import ParamSpec, cast

import typer

from airflow_k8s.console import consoles
from airflow_k8s.console.exit_code import ExitCode
from airflow_k8s.errors import UserError

P = ParamSpec("P")


def handled(command: Callable[P, int]) -> Callable[P, int]:
    """Wraps a command, a function with a parameter `ctx`, in the error handler.

    A failure becomes a message on standard error and an exit code. The option `--debug` adds the
    traceback.
    """

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> int:
        try:
            code = command(*args, **kwargs)
            sys.stdout.flush()
        except (typer.TyperException, typer.Exit, typer.Abort):
            raise  # Typer reports a wrong command line
        except BrokenPipeError:
            _discard_output()
            return ExitCode.BROKEN_PIPE
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 bugs get a message too
            return _report(error, cast("typer.Context", kwargs["ctx"]))
        return code

    return run


@contextmanager
def naming_stack(stack: str) -> Generator[None]:
    """Adds the stack's name to the messages of errors that the block raises.

    Raises UserError also for the errors in settings that Pulumi's SDK raises.
    """
    try:
        yield
    except (UserError, OSError) as error:
        raise UserError(f"{stack}: {error}") from error
    except _foreign("pulumi", "RunError") as error:
        raise UserError(f"Pulumi.{stack}.yaml: {error}") from error


def _report(error: BaseException, ctx: typer.Context) -> ExitCode:
    """Prints the error's message, with its traceback if `--debug` is set."""
    debug = ctx.find_root().params.get("debug", False)
    if debug:
        traceback.print_exception(error)
    code = ExitCode.FAILED
    if isinstance(error, KeyboardInterrupt):
        message, code = str(error) or "interrupted", ExitCode.INTERRUPTED
    elif isinstance(error, (UserError, OSError)):
        message = str(error)
    elif isinstance(error, _foreign("pulumi", "RunError")):
        message = f"Pulumi.{ctx.params.get('stack')}.yaml: {error}"
    else:
        message = f"internal error: {type(error).__name__}: {error}"
        message += "" if debug else f"; run again with: airflow-platform --debug {ctx.info_name} …"
    consoles.messages().print(f"{ctx.info_name}: {message}", style="red")
    return code


def _foreign(module: str, name: str) -> tuple[type[BaseException], ...]:
    """The class of an exception from a library that only some commands import.

    An empty tuple if the library is not imported.
    """
    found = sys.modules.get(module)
    return (getattr(found, name),) if found else ()


def _discard_output() -> None:
    """Redirects standard output to the null device, so that Python does not fail to flush it."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())
