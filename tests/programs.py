"""Fake programs for tests."""

from pathlib import Path


def program(path: Path, script: str) -> Path:
    """Writes an executable shell script to the path, and returns the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def go(folder: Path, version: str = "1.99.0", *, fails: str = "nothing") -> Path:
    """Writes a fake Go to the folder: a program that it builds prints the arguments of its build.

    It fails to build a package whose name contains `fails`.
    """
    return program(
        folder / "go",
        f'[ "$1" = version ] && echo "go version go{version} linux/amd64" && exit\n'
        f'case "$*" in *{fails}*) echo "no such host" >&2; exit 1 ;; esac\n'
        'how="$* GOFLAGS=$GOFLAGS GOROOT=$GOROOT in ${PWD##*/}"\n'
        'while [ "$1" != -o ]; do shift; done\n'
        'printf \'#!/bin/sh\\necho "%s"\\n\' "$how" > "$2"\n'
        '/bin/chmod 755 "$2"',
    )
