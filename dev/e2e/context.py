"""The context of every step: the cluster, the deployed program, Airflow's API and the records."""

import base64
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from airflow_k8s.airflow_api import Api
from airflow_k8s.commands.deploy.health import unhealthy
from airflow_k8s.kube.cluster import Cluster
from airflow_k8s.kube.kubectl import Kubectl
from airflow_k8s.kube.port_forward import Forward
from airflow_k8s.kube.state import FIELD_SELECTORS
from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.model import Settings
from airflow_k8s.stack.stack_file import settings_in, stack_config
from dev.e2e import assertions, git_server, shared_volume
from dev.e2e.deployer import Deployer
from dev.e2e.errors import CheckError
from dev.e2e.pod_records import PodRecord
from dev.e2e.program import NAMESPACE, STACK, Image, Program
from dev.e2e.runs import HEAVY, PIPELINE, Run, Runs, wait_until
from dev.e2e.watcher import Watcher

NAMESPACES = (NAMESPACE, git_server.NAMESPACE)
"""The namespaces that the test creates and watches."""

# An estimate for two busy cores, used until a task of the pipeline has been measured.
_EVENTS_PER_SECOND = 100_000.0
_READY_SECONDS = 300.0
_LOGIN_CREATED = 201
_MIN_SECRET_LENGTH = 12  # a shorter text of a Secret, such as a user's name, is not secret


@dataclass(kw_only=True)
class Context:
    """The cluster, the deployed program, Airflow's API and the records, for every step."""

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
    enforced: bool  # whether it is an error if the cluster does not enforce NetworkPolicies
    notify: Callable[[str], None]  # called with one line for each passed check
    events_per_second: float = _EVENTS_PER_SECOND  # that the pipeline's heavy task processes
    deployments: list[tuple[str, float]] = field(default_factory=list[tuple[str, float]])
    """Label and seconds of each deployment."""
    _listings: int = 0
    _known_secrets: dict[str, str] = field(default_factory=dict[str, str])  # text -> Secret/key

    def settings(self) -> Settings:
        """The stack's current settings."""
        return settings_in(stack_config(self.program.folder, STACK), self.program.folder)

    def deploy(self, label: str) -> None:
        """Deploys the program with its current settings, and records how long that took."""
        start = time.monotonic()
        self.deployer.up()
        seconds = time.monotonic() - start
        self.deployments.append((label, seconds))
        self.notify(f"{self.deployer.label}: {label}, {seconds:.0f} s")

    def secret(self, key: names.SecretKey) -> str:
        """The text of a Secret's key in the cluster. Raises CheckError if the Secret is missing."""
        found = self.cluster.get("v1", "Secret", key.secret, NAMESPACE)
        if found is None:
            raise CheckError(f"Secret {key.secret} is missing")
        return base64.b64decode(found["data"][key.key]).decode()

    def task_secrets(self) -> Mapping[str, str]:
        """Label -> text of the secrets that tasks use and must not print."""
        settings = self.settings().secrets
        url = self.secret(names.pipeline_database_url(settings))
        return {
            "the API key": self.secret(names.api_key(settings)),
            "the login of the pipeline's database": assertions.login_in(url),
        }

    def all_secrets(self) -> Mapping[str, str]:
        """Secret/key -> text of every Secret of the stack, texts of earlier calls included."""
        for secret in self.cluster.list(
            "v1", "Secret", NAMESPACE, fields=FIELD_SELECTORS["Secret"]
        ):
            for key, encoded in (secret.get("data") or {}).items():
                text = base64.b64decode(encoded).decode(errors="replace")
                if len(text) >= _MIN_SECRET_LENGTH:
                    self._known_secrets[text] = f"{secret['metadata']['name']}/{key}"
        return {place: text for text, place in self._known_secrets.items()}

    def admin_password(self) -> str:
        """The current password of the admin, from its Secret."""
        return self.secret(names.admin_password(self.settings().secrets))

    def log_in(self) -> None:
        """Logs in as the admin with the generated password. Raises CheckError if that fails."""
        status = self.api.log_in(self.settings().admin.username, self.admin_password())
        if status != _LOGIN_CREATED:
            raise CheckError(f"a login with the generated password was answered {status}")

    def wait_healthy(self) -> None:
        """Waits until all components of Airflow are healthy. Raises CheckError after a timeout."""
        found: list[str] = []

        def poll() -> bool | None:
            found[:] = unhealthy(self.api.health())
            return None if found else True

        try:
            wait_until(poll, "all of Airflow is healthy", timeout_seconds=_READY_SECONDS)
        except CheckError as error:
            raise CheckError(f"{error}: {'; '.join(found)}") from None

    def execute(self, component: str, *command: str, stdin: str = "") -> str:
        """The output of a command in the container of a component, such as scheduler."""
        deployment = f"deployment/{names.RELEASE}-{component}"
        target = ["--namespace", NAMESPACE, "exec", "--stdin", deployment, "--container", component]
        return self.kubectl.ask(*target, "--", *command, stdin=stdin, timeout=180)

    def execute_python(self, component: str, program: str, stdin: str = "") -> str:
        """The last word that a Python program prints in the container of a component; Airflow may
        print logs before it."""
        return self.execute(component, "python", "-c", program, stdin=stdin).split()[-1]

    def shared_files(self) -> Mapping[str, int]:
        """Path -> size in bytes of each file on the shared volume."""
        self._listings += 1
        name = f"e2e-list-{self._listings}"
        return shared_volume.files(self.kubectl, NAMESPACE, name, self.image)

    def start_long_pipeline(self, label: str, seconds: float) -> tuple[Run, PodRecord]:
        """Starts a run whose heavy task takes about that many seconds.

        Returns the run, and the pod of the heavy task as soon as it runs.
        """
        events = int(self.events_per_second * seconds)
        run = self.runs.trigger(PIPELINE, label, events=events)
        return run, self.wait_running(run, HEAVY)

    def wait_running(self, run: Run, task: str) -> PodRecord:
        """The pod that works for a task, as soon as it runs.

        Raises CheckError if the run ends before that.
        """
        is_operator_pod = run.dag == PIPELINE

        def poll() -> PodRecord | None:
            for pod in self.watcher.pods_of_run(run.dag, run.id):
                matches = pod.task[2] == task and pod.is_operator_pod == is_operator_pod
                if matches and pod.started is not None and pod.ended is None:
                    return pod
            current = self.api.run(run.dag, run.id)
            if current.is_finished:
                raise CheckError(
                    f"run {run.id} ended as {current.state} before a running pod of {task} was seen"
                )
            return None

        return wait_until(
            poll, f"a pod of {task} runs", timeout_seconds=_READY_SECONDS, poll_seconds=0.5
        )

    def restart_counts(self) -> Mapping[str, int]:
        """Uid of a pod -> how often its containers have been restarted so far."""
        return {pod.uid: pod.restarts for pod in self.watcher.pods()}

    def events(self, since: float) -> list[dict[str, Any]]:
        """The events of the stack's namespace since a time, in seconds since 1970."""
        events = self.cluster.list("v1", "Event", NAMESPACE)
        return [event for event in events if assertions.event_time(event) >= since]
