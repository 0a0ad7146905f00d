"""A server that answers as Airflow does, for the tests' own."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Airflow:
    """Answers by method and path, each time with the next answer, at last with the same one."""

    def __init__(self) -> None:
        self.answers: dict[str, list[tuple[int, Any]]] = {}
        self.asked: list[tuple[str, Any, str]] = []
        airflow = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer()

            def do_POST(self) -> None:
                self._answer()

            def do_PATCH(self) -> None:
                self._answer()

            def _answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length) or "null")
                asked = f"{self.command} {self.path}"
                airflow.asked.append((asked, body, self.headers.get("Authorization", "")))
                known = airflow.answers.get(asked, [(404, {"detail": "not found"})])
                status, content = known.pop(0) if len(known) > 1 else known[0]
                text = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_args: object, **_more: object) -> None:
                return  # not on the tests' standard error

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
