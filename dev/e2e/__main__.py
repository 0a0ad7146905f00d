"""Starts the end-to-end test: `python -m dev.e2e`."""

import typer

from dev.e2e.command import e2e

if __name__ == "__main__":
    typer.run(e2e)
