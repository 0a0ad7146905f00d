"""A web server that plays GitHub's REST API, as far as it is used."""

import io
import json
import re
import zipfile
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from airflow_k8s.commands.github.api import ME

TOKEN = "a-token"
HOME = "my-org/airflow"
A_PAGE = 2
"""Items of a page, however many are asked for: who does not read on misses something."""

Item = dict[str, Any]


class GitHub:
    """Comments, issues, pull requests and artifacts of one repository."""

    def __init__(self) -> None:
        self.comments: dict[int, list[Item]] = {}
        self.issues: list[Item] = []
        self.pulls: list[Item] = []
        self.artifacts: dict[str, list[Item]] = {}
        self.archives: dict[int, bytes] = {}
        self.written: list[str] = []  # what was asked for that changes something
        self.tokens_at_storage: list[str | None] = []
        self.fails: list[int] = []  # what the next requests are answered with
        self.storage = ThreadingHTTPServer(("127.0.0.1", 0), _storage(self))
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _api(self))
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def environment(self) -> dict[str, str]:
        """What GitHub sets for a workflow, and the token."""
        return {
            "GITHUB_API_URL": self.address,
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_REPOSITORY": HOME,
            "GITHUB_RUN_ID": "77",
            "GITHUB_TOKEN": TOKEN,
        }

    def comment(self, number: int, body: str, author: str = ME) -> Item:
        """One that somebody wrote before."""
        there = self.comments.setdefault(number, [])
        made = self._item(sum(map(len, self.comments.values())) + 1, author, body)
        there.append(made)
        return made

    def issue(self, body: str, author: str = ME, **more: Any) -> Item:
        """One that somebody opened before."""
        number = len(self.issues) + 1
        made = self._item(number, author, body) | {"number": number, "state": "open"} | more
        self.issues.append(made)
        return made

    def artifact(self, run: str, name: str, archive: bytes, **more: Any) -> Item:
        """One that a run left."""
        number = 500 + len(self.archives)
        made = {"id": number, "name": name, "expired": False, "size_in_bytes": len(archive)} | more
        self.archives[number] = archive
        self.artifacts.setdefault(run, []).append(made)
        return made

    def bodies(self, number: int) -> list[str]:
        """The texts of a pull request's comments."""
        return [each["body"] for each in self.comments.get(number, [])]

    def _item(self, number: int, author: str, body: str) -> Item:
        address = f"https://github.example/{number}"
        return {"id": number, "user": {"login": author}, "body": body, "html_url": address}

    def answer(self, method: str, path: str, query: Item, sent: Item) -> Any:
        """What the API says: a list, an item, or the address where a file is."""
        if method != "GET":
            self.written.append(f"{method} {path}")
        for pattern, act in _ROUTES.items():
            if found := re.fullmatch(rf"{method} /repos/{HOME}/{pattern}", f"{method} {path}"):
                return act(self, query, sent, *found.groups())
        return None


def archive(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An artifact as GitHub hands it out."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", compression) as opened:
        for name, text in files.items():
            opened.writestr(name, text)
    return content.getvalue()


def _pulls(github: GitHub, query: Item, _sent: Item) -> list[Item]:
    return [
        each
        for each in github.pulls
        if each["state"] == query["state"]
        and each["base"]["ref"] == query["base"]
        and each["head"]["label"] == query["head"]
    ]


def _new_comment(github: GitHub, _query: Item, sent: Item, number: str) -> Item:
    return github.comment(int(number), sent["body"])


def _edit_comment(github: GitHub, _query: Item, sent: Item, number: str) -> Item:
    every = [each for there in github.comments.values() for each in there]
    found = next(each for each in every if each["id"] == int(number))
    found.update(sent)
    return found


def _edit_issue(github: GitHub, _query: Item, sent: Item, number: str) -> Item:
    github.issues[int(number) - 1].update(sent)
    return github.issues[int(number) - 1]


_Act = Callable[..., Any]
_ROUTES: dict[str, _Act] = {
    r"issues/(\d+)/comments": lambda github, query, sent, number: (
        _new_comment(github, query, sent, number) if sent else github.comments.get(int(number), [])
    ),
    r"issues/comments/(\d+)": _edit_comment,
    r"issues": lambda github, query, sent: (
        github.issue(**sent)
        if sent
        else [each for each in github.issues if each["state"] == query["state"]]
    ),
    r"issues/(\d+)": _edit_issue,
    r"pulls": _pulls,
    r"actions/runs/(\d+)/artifacts": lambda github, query, _sent, run: {
        "artifacts": [e for e in github.artifacts.get(run, []) if e["name"] == query["name"]]
    },
    r"actions/artifacts/(\d+)/zip": lambda github, _query, _sent, number: (
        f"http://127.0.0.1:{github.storage.server_port}/{number}"
    ),
}


def _api(github: GitHub) -> type[BaseHTTPRequestHandler]:
    class Handler(_Quiet):
        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def do_PATCH(self) -> None:
            self._serve()

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            sent = json.loads(self.rfile.read(length) or b"{}")
            if github.fails:
                return self.give(github.fails.pop(0), {"message": "try again"})
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                return self.give(401, {"message": "Bad credentials"})
            url = urlsplit(self.path)
            query = dict(parse_qsl(url.query))
            answer = github.answer(self.command, url.path, query, sent)
            if isinstance(answer, str):
                return self.give(302, {}, Location=answer)
            if answer is None:
                return self.give(404, {"message": "Not Found"})
            return self._page(answer, url.path, query)

        def _page(self, answer: Any, path: str, query: Item) -> None:
            enveloped = "artifacts" in answer
            items = answer["artifacts"] if enveloped else answer
            if not isinstance(items, list):
                return self.give(200, answer)
            page = int(query.get("page", 1))
            shown: list[Any] = items[(page - 1) * A_PAGE : page * A_PAGE]
            more: dict[str, str] = {}
            if page * A_PAGE < len(items):
                again = "&".join(f"{k}={v}" for k, v in (query | {"page": page + 1}).items())
                more["Link"] = f'<{github.address}{path}?{again}>; rel="next"'
            return self.give(200, {"artifacts": shown} if enveloped else shown, **more)

        def give(self, status: int, content: Any, **headers: str) -> None:
            self.send(status, json.dumps(content).encode(), **headers)

    return Handler


def _storage(github: GitHub) -> type[BaseHTTPRequestHandler]:
    class Handler(_Quiet):
        def do_GET(self) -> None:
            github.tokens_at_storage.append(self.headers.get("Authorization"))
            self.send(200, github.archives[int(self.path.strip("/"))])

    return Handler


class _Quiet(BaseHTTPRequestHandler):
    def send(self, status: int, content: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, text in headers.items():
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_args: object, **_more: object) -> None:
        return  # not on the tests' standard error
