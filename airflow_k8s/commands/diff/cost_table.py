"""The footprint of both sides as the rows of a table. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from airflow_k8s.commands.diff.cost import Amount, monthly
from airflow_k8s.commands.diff.difference import Difference
from airflow_k8s.console.text import amount, cores, gibibytes
from airflow_k8s.stack.settings.cluster import Prices

_UNKNOWN = "?"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A figure on both sides, as text."""

    before: str
    after: str

    def __str__(self) -> str:
        """Both sides if they differ."""
        return self.after if self.before == self.after else f"{self.before} → {self.after}"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One component, or a total of the complete stack."""

    name: str
    figures: Sequence[Figure]  # one for each heading
    is_total: bool = False

    @property
    def is_changed(self) -> bool:
        """Whether a figure differs between the sides."""
        return any(figure.before != figure.after for figure in self.figures)

    @property
    def price(self) -> Figure:
        """The price of a month."""
        return self.figures[-1]


def headings(prices: Prices) -> list[str]:
    """What the figures of a row are."""
    month = f"{prices.currency} a month"
    return ["pods", "CPU", "memory, GiB", "GPUs", "volumes, GiB", month]


def rows(found: Difference) -> list[Row]:
    """The rows of the table: one for each component, then two totals.

    The first total is without running tasks. The second has the maximum number of tasks.
    """
    components = dict.fromkeys([*found.before.components, *found.after.components])
    return [*(_component(found, name) for name in components), _idle(found), _running(found)]


def cost(found: Difference) -> str:
    """The price of a month in one line."""
    idle, running = _idle(found), _running(found)
    return f"{found.prices.currency} a month: {idle.price} idle, {running.price} {running.name}"


def figure_text(figure: Figure, *, is_new: bool) -> str:
    """The figure; a new stack has only the side after the change."""
    return figure.after if is_new else str(figure)


def _component(found: Difference, name: str) -> Row:
    before, after = found.before, found.after
    pods = Figure(before=str(before.pods.get(name, 0)), after=str(after.pods.get(name, 0)))
    sides = (before.components.get(name, Amount()), after.components.get(name, Amount()))
    return Row(name=name, figures=[pods, *_figures(*sides, found.prices)])


def _idle(found: Difference) -> Row:
    before, after = found.before, found.after
    pods = Figure(before=str(sum(before.pods.values())), after=str(sum(after.pods.values())))
    figures = [pods, *_figures(before.idle, after.idle, found.prices)]
    return Row(name="idle", figures=figures, is_total=True)


def _running(found: Difference) -> Row:
    """The total with the maximum number of running tasks.

    It is unknown for a revision that does not declare the sizes of its tasks.
    """
    before, after = found.before, found.after
    old_tasks, new_tasks = before.max_tasks or after.max_tasks, after.max_tasks
    figures = [
        Figure(before="", after=""),
        *_figures(before.running(old_tasks), after.running(new_tasks), found.prices),
    ]
    if before.task_sizes_known != after.task_sizes_known:
        figures = [
            figure if figure.before == figure.after else Figure(before=_UNKNOWN, after=figure.after)
            for figure in figures
        ]
    tasks = amount(new_tasks, "task")
    if old_tasks != new_tasks and not found.is_new:
        tasks = f"{old_tasks} → {tasks}"
    return Row(name=f"with {tasks} running", figures=figures, is_total=True)


def _figures(before: Amount, after: Amount, prices: Prices) -> list[Figure]:
    def both(text: Callable[[Amount], str]) -> Figure:
        return Figure(before=text(before), after=text(after))

    return [
        both(lambda side: cores(float(side.cpu))),
        both(lambda side: gibibytes(float(side.memory))),
        both(lambda side: str(side.gpus)),
        both(lambda side: gibibytes(float(side.storage))),
        both(lambda side: _price(monthly(side, prices))),
    ]


def _price(number: Fraction) -> str:
    """Rounded to a unit of the currency; clouds differ by more than that."""
    return f"{round(number):,}"
