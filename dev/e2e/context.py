"""What every step works with."""

import base64
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from airflow_k8s.airflow_api import Api
from airflow_k8s.kube.cluster import Cluster
from airflow_k8s.kube.kubectl import Kubectl
from airflow_k8s.kube.port_forward import Forward
from airflow_k8s.kube.state import FIELDS
from airflow_k8s.stack.chart import security
from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.model import Settings
from airflow_k8s.stack.stack_file import settings_in, stack_config
from dev.e2e import assertions, git_server
from dev.e2e.deployer import Deployer
from dev.e2e.errors import CheckError
from dev.e2e.program import NAMESPACE, STACK, Image, Program
from dev.e2e.runs import HEAVY, PIPELINE, Run, Runs, until
from dev.e2e.watcher import Life, Watcher

PARTS = ("metadatabase", "scheduler", "triggerer", "dag_processor")
# Until a task of the pipeline was seen to work: about what two busy cores do in a second.
_EVENTS_A_SECOND = 100_000.0
_LOOK_AT_DATA = "find /data -type f -printf '%P %s\\n' | sort"
_READY_SECONDS = 300.0
_SHORTEST = 12  # characters of what counts as secret: a user's name does not


@dataclass(kw_only=True)
class Bench:
    """The cluster, the program on it, and what has been seen."""

    kubectl: Kubectl
    cluster: Cluster
    program: Program
    deployer: Deployer
    forward: Forward
    api: Api
    watcher: Watcher
    runs: Runs
    image: Image
    next_image: Image
    enforced: bool  # the cluster's network plugin has to enforce NetworkPolicies
    say: Callable[[str], None]  # a line about what was checked
    events_a_second: float = _EVENTS_A_SECOND
    _looks: int = 0
    _known: dict[str, str] = field(default_factory=dict[str, str])
    deployments: list[tuple[str, float]] = field(default_factory=list[tuple[str, float]])

    def settings(self) -> Settings:
        """The stack's, as they are now."""
        return settings_in(stack_config(self.program.folder, STACK), self.program.folder)

    def deploy(self, called: str) -> None:
        """Brings the stack up as it is now, and says how long that took."""
        begun = time.monotonic()
        self.deployer.up()
        took = time.monotonic() - begun
        self.deployments.append((called, took))
        self.say(f"{self.deployer.told}: {called}, {took:.0f} s")

    def secret(self, key: names.SecretKey) -> str:
        """A secret's text in the cluster."""
        found = self.cluster.get("v1", "Secret", key.secret, NAMESPACE)
        if found is None:
            raise CheckError(f"Secret {key.secret} is missing")
        return base64.b64decode(found["data"][key.key]).decode()

    def secrets(self) -> Mapping[str, str]:
        """What must not stand in any log, by what it is called."""
        entries = self.settings().secrets
        url = self.secret(names.pipeline_database_url(entries))
        return {
            "the API key": self.secret(names.api_key(entries)),
            "the login of the tasks' database": assertions.login_in(url),
        }

    def every_secret(self) -> Mapping[str, str]:
        """All texts of all Secrets of the stack, those of long ago too, by where they are."""
        for each in self.cluster.list("v1", "Secret", NAMESPACE, fields=FIELDS["Secret"]):
            for key, text in (each.get("data") or {}).items():
                plain = base64.b64decode(text).decode(errors="replace")
                if len(plain) >= _SHORTEST:
                    self._known[plain] = f"{each['metadata']['name']}/{key}"
        return {place: text for text, place in self._known.items()}

    def password(self) -> str:
        """The admin's, as the Secret has it now."""
        return self.secret(names.admin_password(self.settings().secrets))

    def log_in(self) -> None:
        """As the admin, with the generated password."""
        status = self.api.log_in(self.settings().admin.username, self.password())
        if status != 201:
            raise CheckError(f"the generated password does not log in: {status}")

    def healthy(self) -> None:
        """Waits until every part of Airflow reports that it is."""
        seen: list[str] = []

        def look() -> bool | None:
            seen[:] = assertions.unhealthy(self.api.health(), PARTS)
            return None if seen else True

        try:
            until(look, "all of Airflow is healthy", patience=_READY_SECONDS)
        except CheckError as wrong:
            raise CheckError(f"{wrong}: {'; '.join(seen)}") from None

    def into(self, part: str, *command: str, stdin: str = "") -> str:
        """What a command prints in a container of a part of Airflow, such as scheduler."""
        where = ["--namespace", NAMESPACE, "exec", "--stdin", f"deployment/{names.RELEASE}-{part}"]
        return self.kubectl.ask(
            *where, "--container", part, "--", *command, stdin=stdin, timeout=180
        )

    def python(self, part: str, program: str, stdin: str = "") -> str:
        """The last word of a Python program there; Airflow logs before it."""
        return self.into(part, "python", "-c", program, stdin=stdin).split()[-1]

    def data(self) -> Mapping[str, int]:
        """The size of each file on the shared volume, as a pod of its own sees it."""
        self._looks += 1
        name = f"e2e-look-{self._looks}"
        where = ["--namespace", NAMESPACE]
        pod = _looking(name, self.image)
        self.kubectl.ask(*where, "apply", "--filename", "-", stdin=json.dumps(pod))
        try:
            done = "--for=jsonpath={.status.phase}=Succeeded"
            self.kubectl.ask(*where, "wait", f"pod/{name}", done, "--timeout=120s", timeout=130)
            said = self.kubectl.ask(*where, "logs", name)
        finally:
            self.kubectl.ask(*where, "delete", "pod", name, "--now", "--ignore-not-found")
        lines = [line.rpartition(" ") for line in said.splitlines()]
        return {path: int(size) for path, _, size in lines}

    def long_pipeline(self, called: str, seconds: float) -> tuple[Run, Life]:
        """A run whose heavy task takes about as long, and that task's pod, which runs by now."""
        events = int(self.events_a_second * seconds)
        run = self.runs.trigger(PIPELINE, called, events=events)
        return run, self.running(run, HEAVY)

    def running(self, run: Run, task: str) -> Life:
        """The pod that does a task's work, once it runs."""
        operators = run.dag == PIPELINE

        def look() -> Life | None:
            for life in self.watcher.of_run(run.dag, run.id):
                its = life.task[2] == task and life.is_operators == operators
                if its and life.running is not None and life.ended is None:
                    return life
            now = self.api.run(run.dag, run.id)
            if now.over:
                raise CheckError(
                    f"run {run.id} ended as {now.state} before a pod of {task} was seen"
                )
            return None

        return until(look, f"a pod of {task} runs", patience=_READY_SECONDS, pause=0.5)

    def restarts(self) -> Mapping[str, int]:
        """How often containers were restarted so far, by their pod's uid."""
        return {life.uid: life.restarts for life in self.watcher.lives()}

    def events(self, since: float) -> list[dict[str, Any]]:
        """What Kubernetes reported of the namespace since a time of this machine."""
        found = self.cluster.list("v1", "Event", NAMESPACE)
        return [each for each in found if assertions.when(each) >= since]


def namespaces() -> list[str]:
    """Where pods are watched."""
    return [NAMESPACE, git_server.NAMESPACE]


def _looking(name: str, image: Image) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": {"component": "e2e-look"}},
        "spec": {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "securityContext": security.pod(user=security.AIRFLOW_USER, group=0),
            "containers": [
                {
                    "name": "look",
                    "image": str(image),
                    "command": ["sh", "-ec", _LOOK_AT_DATA],
                    "resources": {
                        "requests": {"cpu": "10m", "memory": "16Mi"},
                        "limits": {"memory": "64Mi"},
                    },
                    "securityContext": security.container(),
                    "volumeMounts": [
                        {"name": "data", "mountPath": names.DATA_PATH, "readOnly": True}
                    ],
                }
            ],
            "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": names.DATA_CLAIM}}],
        },
    }
