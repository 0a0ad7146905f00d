"""Sign-in with an identity provider: the values of the API server, and complete sign-ins with
a real Airflow and a small OpenID provider."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from airflow_k8s.rendering.manifests import Object
from airflow_k8s.rendering.rendered_stack import RenderedStack
from airflow_k8s.stack.chart.sign_in import values, variables
from airflow_k8s.stack.chart.values import airflow_values
from airflow_k8s.stack.settings.credentials import SignIn
from airflow_k8s.toolchain.airflow import find_airflow
from airflow_k8s.toolchain.command import run
from tests.conftest import settings_of
from tests.rendering.conftest import official_chart, rendered_with

INSIDE = Path(__file__).parent / "sign_in_inside.py"
UI = "https://airflow.example.com"
SECRET = "the client's"
OAUTH: dict[str, Any] = {
    "signIn": {
        "mode": "oauth",
        "provider": "company",
        "metadataUrl": "https://id.example.com/.well-known/openid-configuration",
        "clientId": "airflow",
        "clientSecret": {"secret": "identity-provider", "rotation": 2},
        "roles": {"airflow-admins": "Admin", "airflow-ops": "Op", "data": "User"},
    },
    "ingress": {"host": "airflow.example.com", "tlsSecret": "airflow-tls"},
    "network": {"ui": {"namespaces": ["ingress-nginx"]}},
}


def test_password_sign_in_is_the_default_and_adds_no_values() -> None:
    assert values(SignIn()) == {}
    assert variables(SignIn()) == []


def test_the_configuration_file_contains_no_helm_template() -> None:
    # The chart expands {{ in values as a template, or fails.
    assert "{{" not in values(settings_of("dev", **OAUTH).sign_in)["apiServerConfig"]


def test_only_the_api_server_has_the_client_secret() -> None:
    sections = airflow_values(settings_of("dev", **OAUTH), {}).items()
    found = [key for key, section in sections if "identity-provider" in json.dumps(section)]
    assert found == ["apiServer"]


def test_the_rotation_of_the_client_secret_restarts_the_api_server() -> None:
    annotations = airflow_values(settings_of("dev", **OAUTH), {})["apiServer"]["podAnnotations"]
    assert "client-secret=identity-provider/client-secret:2" in str(annotations)


@cache
def platform() -> RenderedStack:
    official_chart()
    return rendered_with("dev", **OAUTH)


def of(kind: str, name: str) -> Object:
    return next(o for o in platform().objects if (o.kind, o.name) == (kind, name))


def environment() -> dict[str, str]:
    """The environment of the API server, with texts instead of its Secrets."""
    pods = of("Deployment", "airflow-api-server").pods
    assert pods
    container = next(c for c in pods.template["spec"]["containers"] if c["name"] == "api-server")
    found = {variable["name"]: variable.get("value", "") for variable in container["env"]}
    return found | {
        "AIRFLOW__CORE__FERNET_KEY": "a" * 43 + "=",
        "AIRFLOW__API__SECRET_KEY": "the sessions'",
        "AIRFLOW__API_AUTH__JWT_SECRET": "the tokens'" * 6,
        "AIRFLOW_PLATFORM_CLIENT_SECRET": SECRET,
        "PATH": "",
    }


def person(
    email: str,
    *groups: str,
    userinfo: Mapping[str, Any] | None = None,
    forged: bool = False,
    state: bool = False,
    **claims: Any,
) -> dict[str, Any]:
    """The claims of a person in the ID token and at the userinfo endpoint. `forged` is a token
    with a wrong signature, `state` a redirect with a wrong state."""
    claims_in_token = {"sub": f"of {email}", "email": email, **claims}
    if groups:
        claims_in_token["groups"] = list(groups)
    claims_at_userinfo = {"sub": claims_in_token["sub"], **(userinfo or {})}
    return {
        "idToken": claims_in_token,
        "userinfo": claims_at_userinfo,
        "forged": forged,
        "state": state,
    }


PEOPLE = {
    "ada": person(
        "ada@example.com",
        "airflow-admins",
        given_name="Ada",
        family_name="Lovelace",
        email_verified="true",
    ),
    "in two groups": person("two@example.com", "data", "airflow-ops", "others"),
    "groups at userinfo": person("asked@example.com", userinfo={"groups": ["data"]}),
    "changed group": person("ada@example.com", "data"),
    "in no group": person("none@example.com", "others"),
    "left groups": person("two@example.com", "others"),
    "forged": person("ada@example.com", "airflow-admins", forged=True),
    "token for another client": person("x@example.com", "airflow-admins", aud="another"),
    "unverified": person("admin@example.com", "airflow-admins", email_verified=False),
    "unverified as text": person("w@example.com", "airflow-admins", email_verified="false"),
    "wrong state": person("y@example.com", "airflow-admins", state=True),
    "other subject at userinfo": person(
        "z@example.com", userinfo={"sub": "of another", "groups": ["data"]}
    ),
    "without name": person("", "airflow-admins"),
}


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """The result of every sign-in, in the order of PEOPLE."""
    maps = {o.name: o.manifest["data"] for o in platform().objects if o.kind == "ConfigMap"}
    request = {
        "ui": UI,
        "home": str(tmp_path_factory.mktemp("airflow")),
        "secret": SECRET,
        "admin": {"username": "admin", "password": "the admin's"},
        "environment": environment(),
        "files": maps["airflow-config"] | maps["airflow-api-server-config"],
        "people": list(PEOPLE.values()),
    }
    messages = run(
        [find_airflow(print), INSIDE], stdin=json.dumps(request), environment={}, timeout=300
    )
    result = json.loads(messages.splitlines()[-1])
    return result | {"people": dict(zip(PEOPLE, result["people"], strict=True))}


@pytest.mark.chart
def test_the_configuration_file_is_mounted_at_the_path_that_airflow_reads() -> None:
    pods = of("Deployment", "airflow-api-server").pods
    assert pods
    (container,) = pods.template["spec"]["containers"]
    mounted = {mount["mountPath"] for mount in container["volumeMounts"]}
    assert "/opt/airflow/webserver_config.py" in mounted


@pytest.mark.chart
@pytest.mark.parametrize(
    ("who", "name", "roles"),
    [
        ("ada", "ada@example.com", ["Admin"]),
        ("in two groups", "two@example.com", ["Op", "User"]),
        ("groups at userinfo", "asked@example.com", ["User"]),
        ("changed group", "ada@example.com", ["User"]),
    ],
)
def test_a_user_gets_the_roles_of_the_current_groups(
    outcome: Mapping[str, Any], who: str, name: str, roles: list[str]
) -> None:
    result = outcome["people"][who]
    assert (result["name"], result["roles"]) == (name, roles)


@pytest.mark.chart
@pytest.mark.parametrize(
    "who",
    [
        "in no group",
        "left groups",
        "forged",
        "token for another client",
        "unverified",
        "unverified as text",
        "wrong state",
        "other subject at userinfo",
        "without name",
    ],
)
def test_a_user_without_a_role_or_with_wrong_claims_is_refused(
    outcome: Mapping[str, Any], who: str
) -> None:
    result = outcome["people"][who]
    assert result["status"] == 401, result
    assert result["then"] == f"{UI}/auth/login/"


@pytest.mark.chart
def test_airflow_has_no_user_for_a_refused_sign_in(outcome: Mapping[str, Any]) -> None:
    assert outcome["users"] == [
        "ada@example.com",
        "admin",
        "asked@example.com",
        "two@example.com",
    ]


@pytest.mark.chart
def test_a_user_has_the_name_and_address_of_the_claims(outcome: Mapping[str, Any]) -> None:
    result = outcome["people"]["ada"]
    assert (result["email"], result["fullName"]) == ("ada@example.com", "Ada Lovelace")


@pytest.mark.chart
def test_the_redirect_address_ignores_the_headers_of_the_request(
    outcome: Mapping[str, Any],
) -> None:
    query = outcome["query"]
    assert query["redirect_uri"] == f"{UI}/auth/oauth-authorized/company"
    assert query["scope"] == "openid email profile"
    assert (query["response_type"], query["code_challenge_method"]) == ("code", "S256")


@pytest.mark.chart
def test_the_ui_has_no_password_form_but_the_api_accepts_the_password(
    outcome: Mapping[str, Any],
) -> None:
    assert "btn-signin-company" in outcome["button"]
    assert 'type="password"' not in outcome["button"]
    assert outcome["form"] == 405
    assert outcome["token"] == 201
