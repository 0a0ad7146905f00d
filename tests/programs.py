"""Programs that a test makes up."""

from pathlib import Path


def program(path: Path, script: str) -> Path:
    """A program that runs lines of shell."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def go(folder: Path, version: str = "1.99.0", *, fails: str = "nothing") -> Path:
    """A Go whose builds are programs that tell how they were built.

    It fails to build packages whose name holds the given word.
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
