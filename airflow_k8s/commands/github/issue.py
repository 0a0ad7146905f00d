"""Manages the issue about a stack's drift. It is open while the cluster differs from the code."""

from pathlib import Path

from airflow_k8s.commands.github.api import repository, run_address
from airflow_k8s.commands.github.sticky import close, open_or_update
from airflow_k8s.console.markdown import LIMIT, cut, fenced, folded, last_lines

_ENGINE_OUTPUT = 15_000  # characters


def close_issue(stack: str) -> str:
    """Closes the stack's open issues. Returns a line about every closed issue.

    Returns the text "nothing to close" if no issue is open.

    Raises UserError if GitHub refuses.
    """
    comment = f"Nothing differs any more, as [this run]({run_address()}) found."
    closed = close(repository(), topic=_topic(stack), comment=comment)
    return "\n".join(f"closed {address}" for address in closed) or "nothing to close"


def write_issue(stack: str, live: Path | None, engine: Path | None) -> str:
    """Opens or updates the stack's issue, and returns its address.

    `live` is a file with the Markdown of `drift`, `engine` a file with the output of
    `pulumi preview --refresh`. Raises UserError if GitHub refuses.
    """
    target = repository()
    body = _body(stack, live, engine, run_address())
    return open_or_update(target, topic=_topic(stack), title=f"Drift in {stack}", body=body)


def _topic(stack: str) -> str:
    return f"drift of {stack}"


def _body(stack: str, live: Path | None, engine: Path | None, run: str) -> str:
    introduction = (
        f"The cluster of **{stack}** differs from `main`, as [this run]({run}) found: somebody"
        " changed the cluster directly, or `main` was not deployed.\n\n"
        f"`./airflow-platform up {stack}` makes the cluster equal to `main` again. This issue is"
        " updated every night, and closed when nothing differs.\n\n"
    )
    output = _text(engine)
    preview = ""
    if output.strip():
        block = fenced(last_lines(output, _ENGINE_OUTPUT))
        preview = folded("<code>pulumi preview --refresh</code>", block)
    room = LIMIT - len(introduction) - len(preview) - 500
    note = "*Cut here: the run has the complete text.*"
    return f"{introduction}{cut(_text(live), room, note)}\n\n{preview}"


def _text(file: Path | None) -> str:
    return file.read_text(encoding="utf-8", errors="replace") if file else ""
