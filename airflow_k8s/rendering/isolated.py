"""Evaluates the program of another revision in a separate process.

The process uses the code of that revision and the packages that it pins. It returns the registered
resources as JSON; this revision's code renders them.
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
from airflow_k8s.rendering.evaluate import evaluate
from airflow_k8s.rendering.resources import Evaluation, RegisteredResource
from airflow_k8s.stack.settings.secret import Secret
from airflow_k8s.stack.stack_file import StackConfig
from airflow_k8s.toolchain.environment import environment

_REPOSITORY = Path(__file__).parents[2]
_PINNED = "requirements.txt"
_SECRET = "airflow-platform/secret"  # noqa: S105 the JSON key of a secret text
_RUN_ERROR = 3  # the exit status if the program raises pulumi.RunError


def python_for(program: Path, notify: Callable[[str], None]) -> Path:
    """The Python interpreter with the packages that the program pins.

    It is this interpreter if the program pins the same packages as this revision. Raises UserError
    if the packages can't be installed.
    """
    pinned = program / _PINNED
    if not pinned.exists() or pinned.read_bytes() == (_REPOSITORY / _PINNED).read_bytes():
        return Path(sys.executable)
    return environment("pulumi", "some 60 MB", pinned, notify, hashes=False)


@contextmanager
def evaluating(
    python: Path, program: Path, config: StackConfig
) -> Generator[Callable[[], Evaluation]]:
    """Starts the evaluation and yields a function that waits for its result.

    The function raises UserError with the program's error message if the program fails.
    """
    given = {**dataclasses.asdict(config), "secret": sorted(config.secret)}
    process = subprocess.Popen(  # noqa: S603 this module
        [python, "-m", "airflow_k8s.rendering.isolated", str(program)],
        cwd=_REPOSITORY,
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
        if process.returncode == _RUN_ERROR:
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
    """Evaluates the program and writes the result to standard output, as JSON.

    Standard input contains the config as JSON. Returns the exit status.
    """
    given: dict[str, Any] = json.load(sys.stdin)
    secret = frozenset(given.pop("secret"))
    config = StackConfig(**given, secret=secret)
    try:
        with redirect_stdout(sys.stderr):  # a program may print
            found = evaluate(program, config)
    except pulumi.RunError as error:
        sys.stderr.write(str(error))
        return _RUN_ERROR
    sys.stdout.write(json.dumps(dataclasses.asdict(found), default=_jsonable))
    return 0


def _jsonable(value: Any) -> Any:
    """A value for JSON. Secret texts are written in clear: they are mock values or placeholders."""
    if isinstance(value, Secret):
        return {_SECRET: value.reveal()}
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{value!r} can't be written as JSON")


def _read(found: Mapping[str, Any]) -> Evaluation:
    decoded = _with_secrets(found)
    resources: list[Any] = decoded["resources"]
    return Evaluation(
        resources=tuple(_registered(resource) for resource in resources),
        outputs=decoded["outputs"],
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
