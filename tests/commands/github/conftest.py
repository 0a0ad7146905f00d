"""GitHub, played by a server of the tests' own."""

from collections.abc import Iterator
from threading import Thread

import pytest

from tests.commands.github.server import GitHub


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    """Empty; the environment is that of a workflow that runs for it."""
    github = GitHub()
    for name, text in github.environment().items():
        monkeypatch.setenv(name, text)
    servers = [github.server, github.storage]
    threads = [Thread(target=each.serve_forever, args=[0.01]) for each in servers]
    for thread in threads:
        thread.start()
    yield github
    for server, thread in zip(servers, threads, strict=True):
        server.shutdown()
        thread.join()
        server.server_close()
