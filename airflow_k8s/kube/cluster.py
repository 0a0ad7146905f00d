"""A small Kubernetes client: manifests in, objects as plain data out.

kubernetes.dynamic.DynamicClient does not replace it: threads share its discovery cache without a
lock, a file in the temporary folder shares it between clusters that had the same address, and its
calls drop the API server's Warning headers.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from kubernetes import config
from kubernetes.client import ApiClient, ApiException, Configuration
from urllib3.exceptions import HTTPError, MaxRetryError

from airflow_k8s.errors import UserError
from airflow_k8s.kube.manifest import Manifest

_CONNECTIONS = 32  # that stay open
_TIMEOUT_SECONDS = 30  # for one response
_APPLY = "application/apply-patch+yaml"
_MERGE = "application/merge-patch+json"
_NOT_FOUND = 404
_UNAVAILABLE = 503
# How urllib3 begins the text of its errors.
_PREFIX = re.compile(
    r"<?\S*HTTPS?Connection(Pool)?(\(.*?\)| object at \w+)>?: "
    r"(Failed to establish a new connection: )?"
)


class ApiError(UserError):
    """The API server refused a request. `code` is the HTTP status, 0 if there was no request."""

    def __init__(self, message: str, *, code: int = 0) -> None:
        super().__init__(message)
        self.code = code


class NotFoundError(ApiError):
    """The API server has no such object, or does not serve the kind."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code=_NOT_FOUND)


class UnreachableError(UserError):
    """The API server can't be reached, or does not answer in time."""


def ignore_warning(_subject: str, _message: str) -> None:
    """The `warn` callback for callers that show no warnings."""


class Cluster:
    """The API server of a context in a kubeconfig; the current context if none is named.

    `warn` gets each warning of the API server: the object it is about, and the message. Several
    threads may use one Cluster at the same time.

    Raises UserError if the kubeconfig can't be read or does not have the context. Every method
    that sends a request raises UnreachableError, NotFoundError or ApiError, and no other exception.
    """

    def __init__(
        self,
        kubeconfig: Path | None,
        warn: Callable[[str, str], None] = ignore_warning,
        *,
        context: str = "",
    ) -> None:
        path = str(kubeconfig) if kubeconfig else None
        try:
            found: Any = config.list_kube_config_contexts(path)
        except config.ConfigException as error:
            raise UserError(f"the kubeconfig can't be used: {error}") from error
        contexts, active = found
        known = [str(known_context["name"]) for known_context in contexts]
        if context and context not in known:
            raise UserError(f"the kubeconfig has no context {context}; it has {', '.join(known)}")
        self.context = context or str(active["name"])
        self.kubeconfig = kubeconfig
        settings = Configuration()
        settings.connection_pool_maxsize = _CONNECTIONS
        try:
            config.load_kube_config(path, self.context, client_configuration=settings)
        except config.ConfigException as error:
            raise UserError(f"context {self.context} can't be used: {error}") from error
        self._address = str(settings.host)
        self._client = ApiClient(settings)
        self.warn = warn
        self._kinds: dict[str, dict[str, Mapping[str, Any]]] = {}  # by API version, then by kind
        self._lock = Lock()

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

    def version(self) -> str:
        """The API server's version, such as 1.34.4."""
        return str(self._call("GET", "/version")["gitVersion"]).removeprefix("v")

    def serves(self, api_version: str, kind: str) -> bool:
        """Whether the API server serves the kind."""
        try:
            self._resource(api_version, kind)
        except ApiError:
            return False
        return True

    def is_namespaced(self, api_version: str, kind: str) -> bool:
        """Whether objects of the kind belong to a namespace."""
        return bool(self._resource(api_version, kind)["namespaced"])

    def get(self, api_version: str, kind: str, name: str, namespace: str = "") -> Any:
        """The object, or None if it does not exist."""
        try:
            return self._call("GET", self._path(api_version, kind, namespace, name))
        except NotFoundError:
            return None

    def list(
        self,
        api_version: str,
        kind: str,
        namespace: str = "",
        *,
        labels: str = "",
        fields: str = "",
    ) -> list[dict[str, Any]]:
        """The objects of a kind: of one namespace, or of all namespaces if none is given.

        `labels` and `fields` are a label selector and a field selector.
        """
        selectors = {"labelSelector": labels, "fieldSelector": fields}
        query = [(key, selector) for key, selector in selectors.items() if selector]
        found = self._call("GET", self._path(api_version, kind, namespace), query=query)
        return [{"apiVersion": api_version, "kind": kind, **item} for item in found["items"]]

    def apply(
        self,
        manifest: Manifest,
        *,
        manager: str,
        force: bool = False,
        dry_run: bool = False,
    ) -> dict[str, Any]:
        """The object after a server-side apply of the manifest by this field manager."""
        query = [("fieldManager", manager), ("force", str(force).lower()), *_dry_run(dry_run)]
        path = self._path_of(manifest)
        return self._call("PATCH", path, query=query, body=manifest, content_type=_APPLY)

    def create(self, manifest: Manifest) -> dict[str, Any]:
        """The created object; ApiError if it exists already."""
        metadata = manifest["metadata"]
        path = self._path(manifest["apiVersion"], manifest["kind"], metadata.get("namespace", ""))
        return self._call("POST", path, body=manifest)

    def replace(self, manifest: Manifest, *, dry_run: bool = False) -> dict[str, Any]:
        """The object after its complete content was replaced.

        Raises ApiError with code 409 if the object changed since the manifest's resourceVersion.
        """
        return self._call("PUT", self._path_of(manifest), query=_dry_run(dry_run), body=manifest)

    def merge(
        self, manifest: Manifest, change: Mapping[str, Any], *, subresource: str = ""
    ) -> dict[str, Any]:
        """The object after a merge patch of it, or of its `subresource` such as status."""
        path = self._path_of(manifest) + (f"/{subresource}" if subresource else "")
        return self._call("PATCH", path, body=change, content_type=_MERGE)

    def delete(self, manifest: Manifest, *, now: bool = False) -> None:
        """Deletes the object and, in the background, the objects that it owns.

        Does nothing if the object does not exist. With `now` there is no grace period.
        """
        body: dict[str, Any] = {"propagationPolicy": "Background"}
        if now:
            body["gracePeriodSeconds"] = 0
        try:
            self._call("DELETE", self._path_of(manifest), body=body)
        except NotFoundError:
            return

    def listable(self, *, namespaced: bool) -> Sequence[tuple[str, str]]:
        """The kinds that can be listed and deleted, as (API version, kind).

        They are the kinds whose objects belong to a namespace, or those whose objects do not.
        """
        groups = self._call("GET", "/apis")["groups"]
        versions = ["v1", *(group["preferredVersion"]["groupVersion"] for group in groups)]
        return [
            (version, kind)
            for version in versions
            for kind, resource in self._served(version).items()
            if resource["namespaced"] is namespaced and {"list", "delete"} <= set(resource["verbs"])
        ]

    def _path_of(self, manifest: Manifest) -> str:
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
        """The discovery entry of a kind; NotFoundError if the API server does not serve it."""
        served = self._served(api_version)
        if kind not in served:
            served = self._served(api_version, refresh=True)  # its definition may be new
        if kind not in served:
            raise NotFoundError(f'no matches for kind "{kind}" in version "{api_version}"')
        return served[kind]

    def _served(self, api_version: str, *, refresh: bool = False) -> dict[str, Mapping[str, Any]]:
        """The discovery entries of an API version, by kind; none if it is not served."""
        with self._lock:
            if refresh or api_version not in self._kinds:
                path = f"/{'apis' if '/' in api_version else 'api'}/{api_version}"
                try:
                    resources = self._call("GET", path)["resources"]
                except ApiError as error:
                    if error.code not in (_NOT_FOUND, _UNAVAILABLE):
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
        content_type: str = "application/json",
    ) -> Any:
        """The response's JSON document."""
        try:
            request = self._client.param_serialize(
                method=method,
                resource_path=path,
                query_params=list(query),
                header_params={"Accept": "application/json", "Content-Type": content_type},
                body=body,
                auth_settings=["BearerToken"],
            )
            response = self._client.call_api(*request, _request_timeout=_TIMEOUT_SECONDS)
            answer = _document(response.read() or b"{}")
        except (HTTPError, ApiException, config.ConfigException, OSError) as error:
            # ApiException here has no response: the TLS handshake failed. ConfigException: the
            # kubeconfig's credential plugin failed.
            raise UnreachableError(_unreachable(self._address, error)) from error
        for warning in response.response.headers.getlist("Warning"):
            self.warn(_subject(method, path, body), _warning_text(warning))
        if response.status == _NOT_FOUND:
            raise NotFoundError(str(answer.get("message", response.status)))
        if not 200 <= response.status <= 299:
            raise ApiError(str(answer.get("message", response.status)), code=response.status)
        return answer


def _dry_run(dry_run: bool) -> list[tuple[str, str]]:
    return [("dryRun", "All")] if dry_run else []


def _document(body: bytes) -> Any:
    """The JSON document of a response; a plain text becomes the message of an error."""
    try:
        return json.loads(body)
    except ValueError:
        return {"message": body.decode(errors="replace").strip()}


def _unreachable(address: str, error: Exception) -> str:
    cause = error.reason if isinstance(error, MaxRetryError | ApiException) else error
    text = _PREFIX.sub("", str(cause or error)).strip().rstrip(".")
    return f"the API server {address} can't be reached: {text}"


def _subject(method: str, path: str, body: Any) -> str:
    """The object that a request is about, such as "Deployment airflow-scheduler"."""
    if isinstance(body, Mapping) and "kind" in body and "metadata" in body:
        return f"{body['kind']} {body['metadata'].get('name', '')}".strip()
    return f"{method} {path}"


def _warning_text(header: str) -> str:
    """The text of a Warning header such as: 299 - "text"."""
    _, _, rest = header.partition('"')
    return rest.rpartition('"')[0].replace('\\"', '"')
