"""The programs of an embedded control plane, and kubectl alone."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from airflow_k8s.toolchain import go_build
from airflow_k8s.toolchain.command import Version, version
from airflow_k8s.toolchain.program import Module, Program, install


@dataclass(frozen=True, kw_only=True)
class ControlPlane:
    """The programs of a control plane; their versions fit together.

    kwokctl runs kubectl to find out whether a cluster is ready: the one on PATH. If there is none,
    it tries for minutes to download one. So a caller of kwokctl puts the folder of this kubectl
    first on PATH.
    """

    kwokctl: Path
    kwok: Path
    etcd: Path
    kube_apiserver: Path
    kube_controller_manager: Path
    kube_scheduler: Path
    kubectl: Path
    kubernetes: str
    """The version of the three Kubernetes servers, such as 1.34.4."""


@dataclass(frozen=True, kw_only=True)
class _Group:
    """Programs that are taken from PATH together or not at all.

    They are taken if PATH has all of them, in the same minor version and within the bounds.
    """

    oldest: Version
    too_new: Version
    programs: tuple[Program, ...]

    def installed(self) -> dict[str, Path]:
        found = {program.name: shutil.which(program.name) for program in self.programs}
        paths = {name: Path(path) for name, path in found.items() if path}
        if len(paths) < len(self.programs):
            return {}
        versions = [program.version_of(paths[program.name]) for program in self.programs]
        fits = all(self.oldest <= found < self.too_new for found in versions)
        return paths if fits and len({found[:2] for found in versions}) == 1 else {}


_KWOK = Module(folder=go_build.MODULES / "kwok", path="sigs.k8s.io/kwok")
_ETCD = Module(folder=go_build.MODULES / "etcd", path="go.etcd.io/etcd/server/v3")
_VERSION = "k8s.io/component-base/version"
_KUBERNETES = Module(
    folder=go_build.MODULES / "kubernetes",
    path="k8s.io/kubernetes",
    version_variables={
        f"{_VERSION}.gitVersion": "v{version}",
        f"{_VERSION}.gitMajor": "{major}",
        f"{_VERSION}.gitMinor": "{minor}",
    },
)


def _kubernetes(name: str, build_time: str, *version_arguments: str) -> Program:
    return Program(
        name=name,
        module=_KUBERNETES,
        package=f"/cmd/{name}",
        build_time=build_time,
        version_arguments=version_arguments or ("--version",),
    )


_KUBECTL = _kubernetes("kubectl", "half a minute", "version", "--client")
_GROUPS = (
    _Group(
        oldest=(0, 8, 0),
        too_new=(0, 9, 0),
        programs=(
            Program(
                name="kwokctl",
                module=_KWOK,
                package="/cmd/kwokctl",
                build_time="a minute and a half",
            ),
            Program(name="kwok", module=_KWOK, package="/cmd/kwok", build_time="half a minute"),
        ),
    ),
    _Group(
        oldest=(3, 6, 0),
        too_new=(4, 0, 0),
        programs=(Program(name="etcd", module=_ETCD, package="", build_time="half a minute"),),
    ),
    _Group(
        oldest=(1, 34, 0),
        too_new=(2, 0, 0),
        programs=(
            _kubernetes("kube-apiserver", "five minutes"),
            _kubernetes("kube-controller-manager", "a minute and a half"),
            _kubernetes("kube-scheduler", "ten seconds"),
        ),
    ),
    _Group(  # it only reads whether the servers are ready, which every version can
        oldest=(1, 0, 0),
        too_new=(2, 0, 0),
        programs=(_KUBECTL,),
    ),
)


def find_kubectl(notify: Callable[[str], None]) -> Path:
    """The kubectl on PATH, of any version, else the pinned one in the cache.

    The first call downloads or builds it. Raises UserError if neither is possible.
    """
    installed = shutil.which(_KUBECTL.name)
    if installed:
        return Path(installed)
    install([_KUBECTL], notify)
    return _KUBECTL.file


def find_control_plane(notify: Callable[[str], None]) -> ControlPlane:
    """The programs on PATH if they fit, else the pinned ones in the cache.

    The first call downloads or builds them. Raises UserError if neither is possible.
    """
    programs = [program for group in _GROUPS for program in group.programs]
    found: dict[str, Path] = {}
    for group in _GROUPS:
        found |= group.installed()
    install([program for program in programs if program.name not in found], notify)
    found = {program.name: program.file for program in programs} | found
    servers = version([found["kube-apiserver"], "--version"])
    return ControlPlane(
        **{name.replace("-", "_"): path for name, path in found.items()},
        kubernetes=".".join(map(str, servers)),
    )
