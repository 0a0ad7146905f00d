"""Rules for secret texts, and for pods that read Secrets."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from airflow_k8s.console.text import joined
from airflow_k8s.kube import helm_values
from airflow_k8s.kube.containers import containers_of
from airflow_k8s.policy.rule import (
    Finding,
    Scope,
    all_containers,
    finding_for,
    has_key,
    rule,
)
from airflow_k8s.rendering.manifests import CHART, TASK
from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.model import Settings
from airflow_k8s.stack.settings.names import SecretKey

_OPTIONS = (
    re.compile(r"(?:^|\s)--?[a-z-]*(?:password|token|secret)(?:=|\s+)(?P<text>[^\s-]\S*)"),
    # Only for this command: -p means something else to other programs, as in mkdir -p.
    re.compile(r"\busers\s+(?:create|reset-password)\b.*?\s-p\s+(?P<text>\S+)", re.DOTALL),
)
_ASSIGNMENT = re.compile(
    r"^\s*(?:export\s+)?(?P<key>[\w.-]+)\s*[=:]\s*(?P<text>\S.*)$", re.MULTILINE
)
_QUOTES = "\"' "
_SHELL_VARIABLE = re.compile(r"(?:^|[\s;])(?P<key>[A-Z][A-Z0-9_]*)=(?P<text>[^\s;]+)")
# Expressions that are replaced when the container runs: $(A), ${A}, $A, {{ a }}, `a`
_FILLED_IN = re.compile(r"\$\([^)]*\)|\$\{[^}]*\}|\$[A-Za-z_]\w*|\{\{.*?\}\}|`[^`]*`")


@rule(remedy="Put it into a Secret, and refer to it by secretKeyRef or by a …SecretName value.")
def no_secret_in_clear(scope: Scope) -> Iterator[Finding]:
    """Values, ConfigMaps, arguments and plain variables contain no password, token, or address with
    a password: Kubernetes and Pulumi store and show all of these in clear."""
    for resource in scope.resources:
        if resource.type.endswith(":Release"):
            for path in helm_values.secrets_in(resource.inputs.get("values") or {}):
                yield finding_for(resource, f"{path} holds a secret")
    for config in scope.of_kind("ConfigMap"):
        for file, text in (config.manifest.get("data") or {}).items():
            if in_text(str(text)):
                yield finding_for(config, f"{file} holds {joined(in_text(str(text)))}")
    for subject, container in all_containers(scope):
        for variable in container.get("env") or ():
            if helm_values.secrets_in(
                {"env": [variable | {"value": _fixed(variable.get("value"))}]}
            ):
                yield finding_for(
                    subject, f"variable {variable['name']} of {container['name']} is a secret"
                )
        arguments = [*(container.get("command") or ()), *(container.get("args") or ())]
        if in_command(arguments):
            yield finding_for(subject, f"the arguments of {container['name']} hold a secret")


@rule(remedy="Create the Secret yourself and set its name in the chart's …SecretName value.")
def chart_makes_no_secret(scope: Scope) -> Iterator[Finding]:
    """The chart declares no Secret: it would contain a well-known default, or a new text at each
    update."""
    for secret in scope.of_kind("Secret"):
        if secret.origin == CHART:
            yield finding_for(secret, "the chart declares it")


@rule(
    needs_complete_stack=True,
    remedy="Fix the name, declare the object, or list it in policies.existingSecrets.",
)
def references_exist(scope: Scope) -> Iterator[Finding]:
    """Every Secret, key and claim that a pod refers to is declared by the stack or listed as
    existing: without it the pod never starts."""
    secrets = {o.name: o for o in scope.of_kind("Secret")}
    claims = {o.name for o in scope.of_kind("PersistentVolumeClaim")}
    declared = declared_secrets(scope.settings)
    for subject in scope.objects:
        for reference in subject.pods.references if subject.pods else ():
            if reference.optional:
                continue
            if reference.kind == "PersistentVolumeClaim" and reference.name not in claims:
                yield finding_for(subject, f"claim {reference.name} does not exist")
            elif reference.kind == "Secret" and reference.name not in declared:
                if reference.name not in secrets:
                    yield finding_for(subject, f"Secret {reference.name} does not exist")
                elif reference.key and not has_key(secrets[reference.name], reference.key):
                    yield finding_for(
                        subject, f"Secret {reference.name} has no key {reference.key}"
                    )


@rule(remedy="Remove the variable: on Airflow 3 a worker pod gets its data from the API server.")
def task_pods_read_no_platform_secret(scope: Scope) -> Iterator[Finding]:
    """Pods that run code of DAGs read neither the address of the metadata database nor the keys for
    encryption, signatures and sign-in."""
    kept = {(key.secret, key.key) for key in platform_secrets(scope.settings)}
    names_of_kept = {secret for secret, _ in kept}
    for subject, template in scope.pod_templates():
        if subject.origin != TASK:
            continue
        for reference in subject.pods.references if subject.pods else ():
            if reference.kind != "Secret":
                continue
            # An existing Secret may also contain keys that tasks may read.
            if not reference.key and reference.name in names_of_kept:
                yield finding_for(subject, f"it reads Secret {reference.name}")
            elif (reference.name, reference.key) in kept:
                yield finding_for(subject, f"it reads {reference.key} of Secret {reference.name}")
        for container in containers_of(template["spec"]):
            for variable in container.get("env") or ():
                filled = variable.get("value") or variable.get("valueFrom")
                if variable["name"].startswith(_PLATFORM_VARIABLES) and filled:
                    yield finding_for(subject, f"it has {variable['name']}")


_PLATFORM_VARIABLES = (  # prefixes: …_CONN_ASYNC is another variable
    "AIRFLOW__CORE__FERNET_KEY",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN",
    "AIRFLOW__API__SECRET_KEY",
    "AIRFLOW__API_AUTH__JWT_SECRET",
)


def platform_secrets(settings: Settings) -> list[SecretKey]:
    """The keys of Secrets that only components of Airflow may read."""
    client = settings.sign_in.client_secret
    return [
        *([SecretKey(secret=client.secret, key=client.key)] if client.secret else []),
        names.metadata_connection(settings.secrets),
        names.metadata_connection_async(settings.secrets),
        names.fernet_key(settings.secrets),
        names.api_secret_key(settings.secrets),
        names.jwt_secret(settings.secrets),
        names.admin_password(settings.secrets),
        names.database_password(settings.secrets),
    ]


def declared_secrets(settings: Settings) -> set[str]:
    """The names of Secrets that the stack uses but does not declare."""
    entries = (
        settings.secrets.api_key,
        settings.secrets.fernet_key,
        settings.secrets.api_secret_key,
        settings.secrets.jwt_secret,
        settings.secrets.admin,
        settings.secrets.database,
        settings.secrets.metadata,
        settings.secrets.pipeline_database,
    )
    return {
        *(entry.existing for entry in entries if entry.existing),
        *settings.image.pull_secrets,
        *filter(None, (settings.dags.credentials_secret, settings.dags.ssh_key_secret)),
        *filter(None, (settings.logs.connection_secret, settings.ingress.tls_secret)),
        *filter(None, (settings.sign_in.client_secret.secret,)),
        *(entry.secret for entry in (*settings.connections.values(), *settings.variables.values())),
        *settings.policies.existing_secrets,
    }


def _fixed(text: Any) -> str:
    """The text without references such as $(NAME), which are replaced when the container runs."""
    return _FILLED_IN.sub("", str(text or ""))


def in_text(text: str) -> list[str]:
    """The keys in the text of a configuration file whose values look like secrets."""
    fixed = _fixed(text)
    if helm_values.secrets_in({"text": fixed}):
        return ["a secret"]
    return list(dict.fromkeys(_assigned(_ASSIGNMENT, fixed)))


def in_command(arguments: Sequence[Any]) -> bool:
    """Whether the arguments of a command contain a secret."""
    line = "\n".join(str(word) for word in arguments)
    kept = _FILLED_IN.sub(
        "$", line
    )  # a placeholder, so that the next argument is not taken as the value
    options = (match["text"] for option in _OPTIONS for match in option.finditer(kept))
    return (
        any(text.strip(f"{_QUOTES}$") for text in options)
        or any(_assigned(_SHELL_VARIABLE, _fixed(line)))
        or bool(helm_values.secrets_in({"line": _fixed(line)}))
    )


def _assigned(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    for match in pattern.finditer(text):
        if helm_values.secrets_in({match["key"]: match["text"].strip(_QUOTES)}):
            yield match["key"]
