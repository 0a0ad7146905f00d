"""`python -m deploy up|down|status`: a stack by one command."""

import argparse
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NoReturn

import pulumi
from rich.console import Console

from airflow_k8s.commands.deploy.as_json import as_json
from airflow_k8s.commands.deploy.down import down
from airflow_k8s.commands.deploy.session import INTERRUPTED, Session
from airflow_k8s.commands.deploy.status import status
from airflow_k8s.commands.deploy.status_view import lines
from airflow_k8s.commands.deploy.up import up
from airflow_k8s.errors import UserError
from airflow_k8s.stack.stack_file import stacks

PROGRAM = Path(__file__).parents[3]


def main(arguments: list[str]) -> int:
    """Exit status: 0 it is done, or healthy; 1 it is not, or a problem that is told in one message;
    130 interrupted."""
    options = _parser().parse_args(arguments)
    # Piped output is for files and other programs: no line of it is broken.
    wide = None if sys.stdout.isatty() else 10_000
    out = Console(width=wide, highlight=False, markup=False, soft_wrap=True)
    err = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    signal.signal(signal.SIGTERM, _interrupt)
    session = Session(
        program=PROGRAM,
        stack=options.stack,
        out=out if options.command != "status" else err,
        yes=getattr(options, "yes", False),
        terminal=sys.stdin.isatty() and sys.stdout.isatty(),
    )
    try:
        return _COMMANDS[options.command](session, options, out)
    except (UserError, OSError) as problem:
        err.print(f"{options.command}: {problem}", style="red")
        return 1
    except pulumi.RunError as problem:
        err.print(f"{options.command}: Pulumi.{options.stack}.yaml: {problem}", style="red")
        return 1
    except KeyboardInterrupt:
        err.print(f"{options.command}: interrupted", style="red")
        return INTERRUPTED


def _up(session: Session, options: argparse.Namespace, _out: Console) -> int:
    return up(session, refresh=options.refresh, policies=options.policies, diff=options.diff)


def _down(session: Session, _options: argparse.Namespace, _out: Console) -> int:
    return down(session)


def _status(session: Session, options: argparse.Namespace, out: Console) -> int:
    found = status(session)
    for line in lines(found):
        out.print(line)
    if options.json:
        options.json.write_text(as_json(found) + "\n", encoding="utf-8")
    return 1 if found.problems else 0


_COMMANDS: Mapping[str, Callable[[Session, argparse.Namespace, Console], int]] = {
    "up": _up,
    "down": _down,
    "status": _status,
}


def _interrupt(_signal: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m deploy",
        description="Brings a stack up on the cluster that its settings name, takes it down, or"
        " tells how it is.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="up|down|status")
    helps = {
        "up": "looks at all that an update needs, shows what it changes, runs `pulumi up`, and"
        " waits until Airflow is healthy",
        "down": "runs `pulumi destroy`, which keeps what is protected",
        "status": "components, runs and queues, with exit status 1 where something is not well",
    }
    for name, words in helps.items():
        command = commands.add_parser(name, help=words, description=words)
        command.add_argument(
            "--stack", choices=stacks(PROGRAM), default="dev", help="which stack (%(default)s)"
        )
        if name != "status":
            command.add_argument("--yes", action="store_true", help="ask nobody, for automation")
    up_ = commands.choices["up"]
    up_.add_argument(
        "--refresh",
        action="store_true",
        help="have Pulumi look at every object first, as after an update that was killed",
    )
    up_.add_argument(
        "--no-policies",
        dest="policies",
        action="store_false",
        help="without the policy pack, whose environment `make setup` makes",
    )
    up_.add_argument(
        "--no-diff", dest="diff", action="store_false", help="without our diff before the preview"
    )
    commands.choices["status"].add_argument(
        "--json", type=Path, metavar="FILE", help="write all of it as JSON"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
