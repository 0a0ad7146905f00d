"""A small client of GitHub's REST API, for comments, issues and artifacts."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.util import Retry

from airflow_k8s.errors import UserError

ME = "github-actions[bot]"
"""The account behind the token of a workflow."""

_TIMEOUTS = (10, 30)  # seconds to connect, and between two bytes
_RETRIES = Retry(
    total=3,
    backoff_factor=0.5,
    status_forcelist=(429, 500, 502, 503, 504),
    allowed_methods=("GET", "PATCH"),  # a repeated POST would make a second comment
    raise_on_status=False,
)


@dataclass(frozen=True, kw_only=True)
class Repository:
    """A repository on GitHub. Every call raises UserError, with GitHub's message, if it fails."""

    name: str
    """owner/name"""
    api: str
    session: requests.Session = field(repr=False)
    """It sends the token with every request."""

    def all(self, path: str, *, within: str = "", **query: str) -> Iterator[dict[str, Any]]:
        """Yields the items of a list from all its pages.

        If GitHub answers with an object, `within` is the key of the list in it.
        """
        address = self._address(path)
        parameters: Mapping[str, str] = {**query, "per_page": "100"}
        while address:
            answer = self._call("GET", address, params=parameters)
            found = answer.json()
            yield from found[within] if within else found
            address, parameters = answer.links.get("next", {}).get("url", ""), {}
            if address and not address.startswith(f"{self.api}/"):
                raise UserError("GitHub names a next page that is not of its API")

    def post(self, path: str, **content: str) -> dict[str, Any]:
        """Creates an object and returns GitHub's answer."""
        return self._call("POST", self._address(path), json=content).json()

    def patch(self, path: str, **content: str) -> dict[str, Any]:
        """Changes an object and returns GitHub's answer."""
        return self._call("PATCH", self._address(path), json=content).json()

    def download(self, path: str, max_bytes: int) -> bytes:
        """Downloads a file. Raises UserError if it is longer than `max_bytes`."""
        answer = self._call("GET", self._address(path), stream=True)
        content = bytearray()
        try:
            for piece in answer.iter_content(64 * 1024):
                content += piece
                if len(content) > max_bytes:
                    raise UserError(f"{path} is longer than {max_bytes} bytes")
        except requests.RequestException as error:
            raise UserError(f"{path}: {error}") from error
        finally:
            answer.close()
        return bytes(content)

    def _address(self, path: str) -> str:
        return f"{self.api}/repos/{self.name}/{path}"

    def _call(self, method: str, address: str, **more: Any) -> requests.Response:
        request = f"{method} {address.removeprefix(self.api)}"
        try:
            answer = self.session.request(method, address, timeout=_TIMEOUTS, **more)
        except requests.RequestException as error:
            raise UserError(f"{request}: {error}") from error
        if not answer.ok:
            raise UserError(f"{request}: {answer.status_code} {_message(answer)}".rstrip())
        return answer


@dataclass(frozen=True)
class _Token(AuthBase):
    """Sets the header Authorization of every request.

    A header of the session is not enough: requests would prefer an entry in ~/.netrc to it.
    """

    token: str = field(repr=False)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request


def _message(answer: requests.Response) -> str:
    try:
        return str(answer.json()["message"])
    except (ValueError, KeyError, TypeError):
        return str(answer.reason or "")


def repository(environment: Mapping[str, str] = os.environ) -> Repository:
    """The repository of the current workflow, from the environment variables that GitHub sets.

    Raises UserError if GITHUB_REPOSITORY or GITHUB_TOKEN is missing.
    """
    wanted = ("GITHUB_REPOSITORY", "GITHUB_TOKEN")
    missing = [name for name in wanted if not environment.get(name)]
    if missing:
        raise UserError(f"not set in the environment: {', '.join(missing)}")
    api = environment.get("GITHUB_API_URL", "https://api.github.com").rstrip("/")
    session = requests.Session()
    session.mount(api, HTTPAdapter(max_retries=_RETRIES))
    session.auth = _Token(environment["GITHUB_TOKEN"])
    session.headers["Accept"] = "application/vnd.github+json"
    session.headers["X-GitHub-Api-Version"] = "2022-11-28"
    return Repository(name=environment["GITHUB_REPOSITORY"], api=api, session=session)


def run_address(environment: Mapping[str, str] = os.environ, run: str = "") -> str:
    """The address of the page of a workflow run: the given run, or the current one."""
    server = environment.get("GITHUB_SERVER_URL", "https://github.com")
    number = run or environment.get("GITHUB_RUN_ID", "")
    return f"{server}/{environment.get('GITHUB_REPOSITORY', '')}/actions/runs/{number}"
