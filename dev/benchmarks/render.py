"""How long `render` takes against the `helm template` inside it, both warm.

`make bench`. Prints the medians, their ratio and the most memory; exit status 1 beyond the budget:
1.5 times the `helm template` and 1.5 s, and 300 MiB.
"""

import json
import resource
import sys
import tempfile

from airflow_k8s.rendering import charts
from airflow_k8s.stack import stack_file
from airflow_k8s.stack.chart.values import airflow_values
from airflow_k8s.stack.settings.model import Settings
from airflow_k8s.toolchain.helm import find_helm
from dev.benchmarks.timing import PLATFORM, PROGRAM, median


def _settings(name: str) -> Settings:
    return stack_file.settings_in(stack_file.stack_config(PROGRAM, name), PROGRAM)


def main() -> int:
    """Exit status."""
    within = True
    tool = find_helm(print)
    for name in ("dev", "prod"):
        s = _settings(name)
        found = charts.find_chart(
            s.chart, helm=tool, program=PROGRAM, explicit=None, strict=True, notify=print
        )
        with tempfile.NamedTemporaryFile("w", suffix=".json") as values:
            json.dump(airflow_values(s, {}), values)
            values.flush()
            alone = [tool, "template", "airflow", found.path, "--values", values.name]
            template = median([*alone, "--namespace", s.namespace])
        whole = median([*PLATFORM, "render", name, "--strict"])
        mebibytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        budget = 1.5 * template + 1.5
        within = within and whole <= budget and mebibytes <= 300
        sys.stdout.write(
            f"{name}: render {whole:.2f} s, helm template {template:.2f} s,"
            f" ratio {whole / template:.2f}, budget {budget:.2f} s, at most {mebibytes:.0f} MiB\n"
        )
    return 0 if within else 1
