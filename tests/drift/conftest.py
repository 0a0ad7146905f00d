"""The control plane that is looked at: the rehearsals' own."""

from tests.rehearsal.conftest import theatre

__all__ = ["theatre"]
