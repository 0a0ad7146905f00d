"""The control plane that is looked at: the rehearsals' own."""

from tests.commands.rehearse.conftest import environment

__all__ = ["environment"]
