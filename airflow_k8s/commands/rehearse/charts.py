"""Finds the charts of a rehearsal's releases."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from airflow_k8s.rendering import charts
from airflow_k8s.rendering.found_chart import FoundChart
from airflow_k8s.stack.settings.airflow import Chart


@dataclass(frozen=True, kw_only=True)
class ChartFinder:
    """Calls `charts.find_chart` with the options of the rehearsal, once for every chart."""

    helm: Path
    program: Path
    explicit: Path | None = None
    strict: bool = False
    notify: Callable[[str], None]
    _found: dict[tuple[Chart, Path], FoundChart] = field(
        default_factory=dict[tuple[Chart, Path], FoundChart]
    )

    def find(self, wanted: Chart, program: Path) -> FoundChart:
        """The chart that the program names. Raises UserError if it is not available."""
        if (wanted, program) not in self._found:
            self._found[wanted, program] = charts.find_chart(
                wanted,
                helm=self.helm,
                program=program,
                explicit=self.explicit,
                strict=self.strict,
                notify=self.notify,
            )
        return self._found[wanted, program]
