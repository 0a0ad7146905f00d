"""One comment a stack, and one issue, which later runs find again and write anew."""

from collections.abc import Iterator
from typing import Any

from airflow_k8s.commands.github.api import ME, Repository
from airflow_k8s.commands.github.markdown import MOST, cut

_NOTE = "*Cut here: GitHub takes no more. The whole is in the run.*\n"


def comment(where: Repository, number: int, *, about: str, body: str) -> str:
    """The pull request's one comment about something: written, or written anew. Its address.

    Raises UserError with GitHub's words.
    """
    text = _marked(about, body)
    for each in where.all(f"issues/{number}/comments"):
        if _ours(each, about):
            if each["body"] == text:
                return each["html_url"]
            return where.patch(f"issues/comments/{each['id']}", body=text)["html_url"]
    return where.post(f"issues/{number}/comments", body=text)["html_url"]


def issue(where: Repository, *, about: str, title: str, body: str) -> str:
    """The repository's one open issue about something: opened, or written anew. Its address."""
    text = _marked(about, body)
    for each in _issues(where, about):
        return where.patch(f"issues/{each['number']}", title=title, body=text)["html_url"]
    return where.post("issues", title=title, body=text)["html_url"]


def close(where: Repository, *, about: str, because: str) -> list[str]:
    """Closes every open issue about something, and says why. Their addresses."""
    closed = list[str]()
    for each in _issues(where, about):
        where.post(f"issues/{each['number']}/comments", body=because)
        done = where.patch(f"issues/{each['number']}", state="closed", state_reason="completed")
        closed.append(done["html_url"])
    return closed


def _issues(where: Repository, about: str) -> Iterator[dict[str, Any]]:
    # A list first: what is closed while its pages are read would make the next ones shift.
    found = list(where.all("issues", state="open", sort="created", direction="asc"))
    return (each for each in found if "pull_request" not in each and _ours(each, about))


def _ours(each: dict[str, Any], about: str) -> bool:
    """Anybody can write our mark into a comment, but not as us."""
    author = (each.get("user") or {}).get("login")
    return author == ME and (each.get("body") or "").startswith(_mark(about))


def _marked(about: str, body: str) -> str:
    return cut(f"{_mark(about)}\n{body}", MOST, _NOTE)


def _mark(about: str) -> str:
    return f"<!-- airflow-platform: {about} -->"
