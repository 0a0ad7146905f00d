"""Rules for the installation of the Helm release."""

from collections.abc import Iterator

from airflow_k8s.policy.rule import Finding, Scope, finding_for, rule

_HOOK = "helm.sh/hook"
_SECONDS = 300


@rule(remedy="Keep skipAwait and atomic false, and the timeout at 300 seconds or more.")
def release_waits(scope: Scope) -> Iterator[Finding]:
    """The update waits until Airflow is ready, for at least five minutes. A release that fails
    stays, so that the cause can be found."""
    for release in scope.resources:
        if not release.type.endswith("helm.sh/v3:Release"):
            continue
        if release.inputs.get("skipAwait"):
            yield finding_for(release, "skipAwait is set")
        if release.inputs.get("atomic"):
            yield finding_for(
                release, "atomic is set: a failed release would be deleted together with its logs"
            )
        if int(release.inputs.get("timeout") or _SECONDS) < _SECONDS:
            yield finding_for(release, f"it waits for {release.inputs['timeout']} s")


@rule(remedy="Turn the hook off in values, and declare what it did as a resource.")
def no_hook(scope: Scope) -> Iterator[Finding]:
    """The chart has no hook. Helm runs a hook only after the pods are ready, but the pods may wait
    for the hook. An uninstall does not delete the objects that a hook creates."""
    for item in scope.objects:
        hook = (item.manifest["metadata"].get("annotations") or {}).get(_HOOK)
        if hook:
            yield finding_for(item, f"it is a {hook} hook")
