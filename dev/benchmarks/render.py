"""Compares the time of the command `render` with that of the `helm template` in it.

Prints the medians in seconds, their ratio, and the maximum memory in MiB. The exit status is 1 if a
limit is exceeded: 1.5 times the time of `helm template` plus 1.5 s, or 300 MiB.
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
    """Runs the benchmark for both stacks and returns the exit status."""
    within = True
    tool = find_helm(print)
    for name in ("dev", "prod"):
        settings = _settings(name)
        found = charts.find_chart(
            settings.chart, helm=tool, program=PROGRAM, explicit=None, strict=True, notify=print
        )
        with tempfile.NamedTemporaryFile("w", suffix=".json") as values:
            json.dump(airflow_values(settings, {}), values)
            values.flush()
            command = [tool, "template", "airflow", found.path, "--values", values.name]
            template = median([*command, "--namespace", settings.namespace])
        rendering = median([*PLATFORM, "render", name, "--strict"])
        mebibytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        budget = 1.5 * template + 1.5
        within = within and rendering <= budget and mebibytes <= 300
        sys.stdout.write(
            f"{name}: render {rendering:.2f} s, helm template {template:.2f} s,"
            f" ratio {rendering / template:.2f}, budget {budget:.2f} s, max {mebibytes:.0f} MiB\n"
        )
    return 0 if within else 1
