"""Comments and issues that later runs update. A mark in their text identifies them."""

from collections.abc import Iterator
from typing import Any

from airflow_k8s.commands.github.api import ME, Repository
from airflow_k8s.console.markdown import LIMIT, cut

_NOTE = "*Cut here: GitHub takes no more. The run has the complete text.*\n"


def write_comment(repository: Repository, number: int, *, topic: str, body: str) -> str:
    """Writes or updates the comment about a topic on a pull request, and returns its address.

    Raises UserError if GitHub refuses.
    """
    text = _marked(topic, body)
    for comment in repository.all(f"issues/{number}/comments"):
        if _is_ours(comment, topic):
            if comment["body"] == text:
                return comment["html_url"]
            return repository.patch(f"issues/comments/{comment['id']}", body=text)["html_url"]
    return repository.post(f"issues/{number}/comments", body=text)["html_url"]


def open_or_update(repository: Repository, *, topic: str, title: str, body: str) -> str:
    """Opens or updates the repository's issue about a topic, and returns its address."""
    text = _marked(topic, body)
    for issue in _issues(repository, topic):
        return repository.patch(f"issues/{issue['number']}", title=title, body=text)["html_url"]
    return repository.post("issues", title=title, body=text)["html_url"]


def close(repository: Repository, *, topic: str, comment: str) -> list[str]:
    """Adds a comment to every open issue about a topic and closes it. Returns their addresses."""
    closed = list[str]()
    for issue in _issues(repository, topic):
        number = issue["number"]
        repository.post(f"issues/{number}/comments", body=comment)
        done = repository.patch(f"issues/{number}", state="closed", state_reason="completed")
        closed.append(done["html_url"])
    return closed


def _issues(repository: Repository, topic: str) -> Iterator[dict[str, Any]]:
    # All pages are read before the first change: an issue that is closed meanwhile would shift the
    # pages that follow.
    issues = list(repository.all("issues", state="open", sort="created", direction="asc"))
    return (issue for issue in issues if "pull_request" not in issue and _is_ours(issue, topic))


def _is_ours(item: dict[str, Any], topic: str) -> bool:
    """Whether a workflow wrote the comment or issue about this topic.

    The mark alone is no proof, because anybody can copy it. So the author is checked too.
    """
    author = (item.get("user") or {}).get("login")
    return author == ME and (item.get("body") or "").startswith(_mark(topic))


def _marked(topic: str, body: str) -> str:
    return cut(f"{_mark(topic)}\n{body}", LIMIT, _NOTE)


def _mark(topic: str) -> str:
    return f"<!-- airflow-platform: {topic} -->"
