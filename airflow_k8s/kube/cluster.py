"""A Kubernetes API server as the rehearsal talks to it: plain manifests in, plain objects out."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from kubernetes import config
from kubernetes.client import ApiClient, Configuration

from airflow_k8s.errors import UserError

_CONNECTIONS = 32  # that stay open
_SECONDS = 30  # for one answer
_APPLY = "application/apply-patch+yaml"
_MERGE = "application/merge-patch+json"


class ApiError(UserError):
    """What the server would not do, in its own words."""

    def __init__(self, words: str, *, code: int = 0) -> None:
        super().__init__(words)
        self.code = code


def said_by_nobody(_about: str, _words: str) -> None:
    """For who does not care for warnings."""


class Cluster:
    """An API server, by a kubeconfig and a context in it: the current one where none is named.

    `warn` gets the server's warnings: about which object, and the words. May be used by several
    threads at once. Raises UserError for a context that the kubeconfig does not have.
    """

    def __init__(
        self,
        kubeconfig: Path | None,
        warn: Callable[[str, str], None] = said_by_nobody,
        *,
        context: str = "",
    ) -> None:
        path = str(kubeconfig) if kubeconfig else None
        try:
            found: Any = config.list_kube_config_contexts(path)
        except config.ConfigException as error:
            raise UserError(f"there is no kubeconfig to go by: {error}") from error
        contexts, active = found
        known = [str(each["name"]) for each in contexts]
        if context and context not in known:
            raise UserError(f"the kubeconfig has no context {context}; it has {', '.join(known)}")
        self.context = context or str(active["name"])
        self.kubeconfig = kubeconfig
        settings = Configuration()
        settings.connection_pool_maxsize = _CONNECTIONS
        config.load_kube_config(path, self.context, client_configuration=settings)
        self._client = ApiClient(settings)
        self.warn = warn
        self._kinds: dict[str, dict[str, Mapping[str, Any]]] = {}  # by group/version, then kind
        self._lock = Lock()

    def close(self) -> None:
        """Lets go of its connections."""
        self._client.close()

    def version(self) -> str:
        """The server's, such as 1.34.4."""
        return str(self._call("GET", "/version")["gitVersion"]).removeprefix("v")

    def serves(self, api_version: str, kind: str) -> bool:
        """Whether the server knows the kind."""
        try:
            self._resource(api_version, kind)
        except ApiError:
            return False
        return True

    def is_namespaced(self, api_version: str, kind: str) -> bool:
        """Whether objects of the kind are in namespaces; ApiError where it is unknown."""
        return bool(self._resource(api_version, kind)["namespaced"])

    def get(self, api_version: str, kind: str, name: str, namespace: str = "") -> Any:
        """The object, or None where there is none."""
        try:
            return self._call("GET", self._path(api_version, kind, namespace, name))
        except ApiError as refused:
            if refused.code == 404:
                return None
            raise

    def list(
        self,
        api_version: str,
        kind: str,
        namespace: str = "",
        *,
        labels: str = "",
        fields: str = "",
    ) -> list[dict[str, Any]]:
        """The objects of a kind, all namespaces' where none is named."""
        selectors = {"labelSelector": labels, "fieldSelector": fields}
        query = [(key, text) for key, text in selectors.items() if text]
        found = self._call("GET", self._path(api_version, kind, namespace), query=query)
        return [{"apiVersion": api_version, "kind": kind, **item} for item in found["items"]]

    def apply(
        self,
        manifest: Mapping[str, Any],
        *,
        manager: str,
        force: bool = False,
        dry_run: bool = False,
    ) -> dict[str, Any]:
        """The object after a server-side apply of the manifest; ApiError where it is refused."""
        query = [("fieldManager", manager), ("force", str(force).lower())]
        if dry_run:
            query.append(("dryRun", "All"))
        return self._call(
            "PATCH", self._path_of(manifest), query=query, body=manifest, content=_APPLY
        )

    def create(self, manifest: Mapping[str, Any]) -> dict[str, Any]:
        """The object that was made; ApiError where it is refused or there already."""
        metadata = manifest["metadata"]
        path = self._path(manifest["apiVersion"], manifest["kind"], metadata.get("namespace", ""))
        return self._call("POST", path, body=manifest)

    def replace(self, manifest: Mapping[str, Any], *, dry_run: bool = False) -> dict[str, Any]:
        """The object after its whole content was replaced.

        Raises ApiError where it is refused: with code 409 where it changed since its
        resourceVersion.
        """
        query = [("dryRun", "All")] if dry_run else []
        return self._call("PUT", self._path_of(manifest), query=query, body=manifest)

    def merge(
        self, existing: Mapping[str, Any], change: Mapping[str, Any], *, part: str = ""
    ) -> dict[str, Any]:
        """The object after a merge of the change; `part` such as status."""
        path = self._path_of(existing) + (f"/{part}" if part else "")
        return self._call("PATCH", path, body=change, content=_MERGE)

    def delete(self, existing: Mapping[str, Any], *, now: bool = False) -> None:
        """Asks for its end, and that of what it owns; one that is gone is fine."""
        body: dict[str, Any] = {"propagationPolicy": "Background"}
        if now:
            body["gracePeriodSeconds"] = 0
        try:
            self._call("DELETE", self._path_of(existing), body=body)
        except ApiError as refused:
            if refused.code != 404:
                raise

    def listable(self, *, namespaced: bool) -> Sequence[tuple[str, str]]:
        """Every kind (API version, kind) that can be listed and deleted, in namespaces or not."""
        groups = self._call("GET", "/apis")["groups"]
        versions = ["v1", *(g["preferredVersion"]["groupVersion"] for g in groups)]
        return [
            (version, kind)
            for version in versions
            for kind, resource in self._served(version).items()
            if resource["namespaced"] is namespaced and {"list", "delete"} <= set(resource["verbs"])
        ]

    def _path_of(self, manifest: Mapping[str, Any]) -> str:
        metadata = manifest["metadata"]
        return self._path(
            manifest["apiVersion"],
            manifest["kind"],
            metadata.get("namespace", ""),
            metadata["name"],
        )

    def _path(self, api_version: str, kind: str, namespace: str = "", name: str = "") -> str:
        resource = self._resource(api_version, kind)
        parts = ["apis" if "/" in api_version else "api", api_version]
        if namespace and resource["namespaced"]:
            parts += ["namespaces", namespace]
        parts.append(resource["name"])
        return "/" + "/".join([*parts, name] if name else parts)

    def _resource(self, api_version: str, kind: str) -> Mapping[str, Any]:
        served = self._served(api_version)
        if kind not in served:
            served = self._served(api_version, again=True)  # its definition may be new
        if kind not in served:
            raise ApiError(f'no matches for kind "{kind}" in version "{api_version}"', code=404)
        return served[kind]

    def _served(self, api_version: str, *, again: bool = False) -> dict[str, Mapping[str, Any]]:
        with self._lock:
            if again or api_version not in self._kinds:
                path = f"/{'apis' if '/' in api_version else 'api'}/{api_version}"
                try:
                    resources = self._call("GET", path)["resources"]
                except ApiError as refused:
                    if refused.code not in (404, 503):
                        raise
                    resources = []
                self._kinds[api_version] = {r["kind"]: r for r in resources if "/" not in r["name"]}
            return self._kinds[api_version]

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        body: Any = None,
        content: str = "application/json",
    ) -> Any:
        request = self._client.param_serialize(
            method=method,
            resource_path=path,
            query_params=list(query),
            header_params={"Accept": "application/json", "Content-Type": content},
            body=body,
            auth_settings=["BearerToken"],
        )
        response = self._client.call_api(*request, _request_timeout=_SECONDS)
        answer = _document(response.read() or b"{}")
        for warning in response.response.headers.getlist("Warning"):
            self.warn(_about(method, path, body), _words(warning))
        if not 200 <= response.status <= 299:
            raise ApiError(str(answer.get("message", response.status)), code=response.status)
        return answer


def _document(body: bytes) -> Any:
    """What is not served at all is answered in plain text."""
    try:
        return json.loads(body)
    except ValueError:
        return {"message": body.decode(errors="replace").strip()}


def _about(method: str, path: str, body: Any) -> str:
    if isinstance(body, Mapping) and "kind" in body and "metadata" in body:
        return f"{body['kind']} {body['metadata'].get('name', '')}".strip()
    return f"{method} {path}"


def _words(warning: str) -> str:
    """The text of a Warning header: 299 - "text"."""
    _, _, rest = warning.partition('"')
    return rest.rpartition('"')[0].replace('\\"', '"')
