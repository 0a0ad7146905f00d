"""The control plane that the engine acts on: the rehearsals' own."""

from tests.rehearsal.conftest import theatre

__all__ = ["theatre"]
