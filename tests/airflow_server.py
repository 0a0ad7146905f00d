"""A server that answers like Airflow's API, for tests."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Airflow:
    """A server with prepared answers.

    `answers` maps a request, such as "GET /path", to statuses and contents. Every request takes the
    next answer, and the last one is repeated. `requests` has the request, body and authorization of
    every request.
    """

    def __init__(self) -> None:
        self.answers: dict[str, list[tuple[int, Any]]] = {}
        self.requests: list[tuple[str, Any, str]] = []
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
                request = f"{self.command} {self.path}"
                airflow.requests.append((request, body, self.headers.get("Authorization", "")))
                answers = airflow.answers.get(request, [(404, {"detail": "not found"})])
                status, content = answers.pop(0) if len(answers) > 1 else answers[0]
                text = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_args: object, **_more: object) -> None:
                return  # otherwise the tests' standard error shows every request

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
