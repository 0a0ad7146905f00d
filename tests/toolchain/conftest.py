"""A web server of the tests' own."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import PurePosixPath
from threading import Thread

import pytest

from airflow_k8s.toolchain import download


class Web:
    """Serves the content of `files`, by path; any other path is not found."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.redirects: dict[str, str] = {}
        self.requests: list[str] = []
        self.breaks_off = False
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                self._answer()

            def do_GET(self) -> None:
                self.wfile.write(self._answer())

            def _answer(self) -> bytes:
                web.requests.append(f"{self.command} {PurePosixPath(self.path).name}")
                content = web.files.get(self.path)
                if self.path in web.redirects:
                    self.send_response(302)
                    self.send_header("Location", web.redirects[self.path])
                else:
                    self.send_response(404 if content is None else 200)
                self.send_header("Content-Length", str(len(content or b"") + web.breaks_off))
                self.end_headers()
                return content or b""

            def log_message(self, *_args: object, **_more: object) -> None:
                return  # not on the tests' standard error

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def serves(self, path: str, content: bytes) -> str:
        """The address at which the content is from now on."""
        self.files[path] = content
        return self.address + path


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers on this machine may be asked without TLS."""
    monkeypatch.setattr(download, "_PREFIXES", ("https://", "http://127.0.0.1"))


@pytest.fixture
def web(local: None) -> Iterator[Web]:
    del local
    web = Web()
    thread = Thread(target=web.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield web
    web.server.shutdown()
    thread.join()
    web.server.server_close()
