"""The control plane that the engine acts on: the rehearsals' own."""

from tests.commands.rehearse.conftest import environment

__all__ = ["environment"]
