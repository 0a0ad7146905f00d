"""How the release is installed."""

from collections.abc import Iterator

from airflow_k8s.policy.rule import Finding, Scope, finding_for, rule

_HOOK = "helm.sh/hook"
_SECONDS = 300


@rule(remedy="Leave waiting on: skipAwait false, atomic false, and time for a slow start.")
def release_waits(scope: Scope) -> Iterator[Finding]:
    """The release waits until Airflow is ready, for five minutes or more, and one that failed stays
    to be mended: an update that says it is done is done."""
    for release in scope.resources:
        if not release.type.endswith("helm.sh/v3:Release"):
            continue
        if release.inputs.get("skipAwait"):
            yield finding_for(release, "skipAwait is set")
        if release.inputs.get("atomic"):
            yield finding_for(
                release, "atomic is set: what failed would be taken away with its traces"
            )
        if int(release.inputs.get("timeout") or _SECONDS) < _SECONDS:
            yield finding_for(release, f"it waits for {release.inputs['timeout']} s")


@rule(remedy="Turn the hook off in values, and declare what it did as a resource.")
def no_hook(scope: Scope) -> Iterator[Finding]:
    """The chart leaves no hook: Helm waits for the pods before it runs one, the pods may wait for
    it, and what a hook made no uninstall takes away."""
    for each in scope.objects:
        hook = (each.manifest["metadata"].get("annotations") or {}).get(_HOOK)
        if hook:
            yield finding_for(each, f"it is a {hook} hook")
