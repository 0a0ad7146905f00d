"""The program of another revision, evaluated in a process of its own: with that revision's code,
and the packages that it pins.

Only the evaluation is another's: what it registered comes back and is rendered by today's code.
"""

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

import pulumi

from airflow_k8s.errors import UserError
from airflow_k8s.rendering.evaluate import Evaluation, RegisteredResource, evaluate
from airflow_k8s.stack.settings.secret import Secret
from airflow_k8s.stack.stack_file import StackConfig
from airflow_k8s.toolchain.environment import environment

_HERE = Path(__file__).parents[2]
_PINNED = "requirements.txt"
_SECRET = "airflow-platform/secret"  # noqa: S105 the key under which one is handed over
_REFUSED = 3  # the exit status where the program itself says what is wrong


def python_for(program: Path, notify: Callable[[str], None]) -> Path:
    """The Python that has what the program pins: this one where it pins the same.

    Raises UserError where the packages can't be had.
    """
    pinned = program / _PINNED
    if not pinned.exists() or pinned.read_bytes() == (_HERE / _PINNED).read_bytes():
        return Path(sys.executable)
    return environment("pulumi", "some 60 MB", pinned, notify, hashes=False)


@contextmanager
def evaluating(
    python: Path, program: Path, config: StackConfig
) -> Generator[Callable[[], Evaluation]]:
    """Starts at once; what it yields waits for the end of it.

    That raises UserError where the program fails, with its own words.
    """
    given = {**dataclasses.asdict(config), "secret": sorted(config.secret)}
    process = subprocess.Popen(  # noqa: S603 this module
        [python, "-m", "airflow_k8s.rendering.isolated", str(program)],
        cwd=_HERE,
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )

    assert process.stdin  # noqa: S101 it is a pipe
    process.stdin.write(json.dumps(given))
    process.stdin.close()
    process.stdin = None

    def wait() -> Evaluation:
        out, err = process.communicate()
        if process.returncode == _REFUSED:
            raise UserError(err.strip())
        if process.returncode:
            last = "\n".join(err.strip().splitlines()[-5:])
            raise UserError(f"the program fails:\n{last}")
        return _read(json.loads(out))

    try:
        yield wait
    finally:
        process.kill()
        process.wait()


def main(program: Path) -> int:
    """Evaluates the program with the config on standard input, and writes what it registered."""
    given: dict[str, Any] = json.load(sys.stdin)
    secret = frozenset(given.pop("secret"))
    config = StackConfig(**given, secret=secret)
    try:
        with redirect_stdout(sys.stderr):  # a program may print
            found = evaluate(program, config)
    except pulumi.RunError as error:
        sys.stderr.write(str(error))
        return _REFUSED
    sys.stdout.write(json.dumps(dataclasses.asdict(found), default=_hand_over))
    return 0


def _hand_over(value: Any) -> Any:
    """What stands for a secret here is none: a mock made it, or a stand-in."""
    if isinstance(value, Secret):
        return {_SECRET: value.reveal()}
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{value!r} can't be handed over")


def _read(found: Mapping[str, Any]) -> Evaluation:
    whole = _with_secrets(found)
    resources: list[Any] = whole["resources"]
    return Evaluation(
        resources=tuple(_registered(each) for each in resources), outputs=whole["outputs"]
    )


def _registered(given: dict[str, Any]) -> RegisteredResource:
    dependencies = tuple(given.pop("dependencies"))
    return RegisteredResource(**given, dependencies=dependencies)


def _with_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {_SECRET} and isinstance(value[_SECRET], str):
            return Secret(value[_SECRET])
        return {key: _with_secrets(item) for key, item in value.items()}
    return [_with_secrets(item) for item in value] if isinstance(value, list) else value


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
