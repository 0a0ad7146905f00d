"""Checksums of files."""

import hashlib
from pathlib import Path


def digest(file: Path) -> str:
    """The sha256 of a file, in hexadecimal digits."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
