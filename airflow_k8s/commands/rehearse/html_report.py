"""The HTML page of a report: one file that needs no network and no script.

The page is made from the templates in `templates/`. Texts are escaped by Jinja's autoescape.
"""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from airflow_k8s.commands.rehearse import html_view, summary
from airflow_k8s.commands.rehearse.report import Report
from airflow_k8s.console.text import amount, seconds

_TEMPLATES = Path(__file__).with_name("templates")


def page(report: Report) -> str:
    """The HTML of the page for a report."""
    css = (_TEMPLATES / "page.css").read_text(encoding="utf-8")
    template = _environment().get_template("report.html.j2")
    return template.render(view=html_view.view(report), css=Markup(css))  # noqa: S704 our own file


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    filters: dict[str, Any] = environment.filters
    filters |= {
        "g": _general,
        "tenths": _tenths,
        "percent": _percent,
        "amount": amount,
        "seconds": seconds,
        "outcome": summary.outcome,
        "requests": summary.requests,
    }
    return environment


def _printable(value: object) -> object:
    """Removes the control characters of a text, which HTML does not allow."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return "".join(c for c in value if c.isprintable() or c == "\n")
    return value


def _general(number: float) -> str:
    """A number without a useless zero: 12.5 stays 12.5, and 12.0 becomes 12."""
    return f"{number:g}"


def _tenths(number: float) -> str:
    return f"{number:.1f}"


def _percent(part: float, digits: int = 1) -> str:
    """A fraction as a percentage: 0.5 becomes 50.0%."""
    return f"{part:.{digits}%}"
