"""The control plane for the engine: the one of the tests of `rehearse`."""

from tests.commands.rehearse.conftest import environment

__all__ = ["environment"]
