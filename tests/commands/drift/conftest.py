"""The control plane of the rehearsals, whose objects these tests compare."""

from tests.commands.rehearse.conftest import environment

__all__ = ["environment"]
