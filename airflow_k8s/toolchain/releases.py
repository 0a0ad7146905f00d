"""The table of pinned release binaries: tool, version, platform, address and sha256.

A row exists only if its checksum was seen in a public source, which the comment beside it names.
A tool without a row for this platform is built from its Go module (`go_build`).

Platforms are named as in Go: linux/amd64, linux/arm64, darwin/amd64, darwin/arm64. Kubernetes
publishes its servers for Linux alone.
"""

import platform
from collections.abc import Mapping
from dataclasses import dataclass

LINUX_AMD64, LINUX_ARM64 = "linux/amd64", "linux/arm64"
DARWIN_AMD64, DARWIN_ARM64 = "darwin/amd64", "darwin/arm64"

_MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True, kw_only=True)
class Release:
    """A binary that the project of a tool published for one platform."""

    tool: str
    version: str
    platform: str
    address: str  # https; of the program, or of an archive (.tar.gz, .zip) that contains it
    sha256: str  # of the file at the address


def this_platform() -> str:
    """The platform of this machine, such as linux/amd64."""
    machine = platform.machine().lower()
    return f"{platform.system().lower()}/{_MACHINES.get(machine, machine)}"


def release(tool: str, version: str, on: str) -> Release | None:
    """The pinned release of a tool for the platform `on`; None if the table has none."""
    for row in RELEASES:
        if (row.tool, row.version, row.platform) == (tool, version, on):
            return row
    return None


def _rows(tool: str, version: str, address: str, sha256: Mapping[str, str]) -> tuple[Release, ...]:
    """The rows of a tool; in the address, {os} and {arch} are those of the platform, and {archive}
    is the suffix by which etcd's archives differ."""
    return tuple(
        Release(
            tool=tool,
            version=version,
            platform=on,
            address=address.format(
                version=version,
                os=on.partition("/")[0],
                arch=on.partition("/")[2],
                archive="tar.gz" if on.startswith("linux/") else "zip",
            ),
            sha256=checksum,
        )
        for on, checksum in sha256.items()
    )


_KUBERNETES = "https://dl.k8s.io/release/v{version}/bin/{os}/{arch}/"
_KWOK = "https://github.com/kubernetes-sigs/kwok/releases/download/v{version}/"

RELEASES: tuple[Release, ...] = (
    # The notes of the release, https://github.com/helm/helm/releases/tag/v3.19.5
    *_rows(
        "helm",
        "3.19.5",
        "https://get.helm.sh/helm-v{version}-{os}-{arch}.tar.gz",
        {
            LINUX_AMD64: "a0a5e8c592ed3f376ac110715eff214730c7422f9a44d96cf98117d2b8b0e6c0",
            LINUX_ARM64: "ce02147ffee6d993bf8ae97a44a22e9e1daf0b69d2d5b69a0c8cf6706445ccf5",
            DARWIN_AMD64: "57f4a847c349382b7cc742a6434ef25f88f0928a113d8cf49084b464878ef0b9",
            DARWIN_ARM64: "195e24e587f423f15a78feebab04583ceee68323598575a0e8b3b11b43fd26fe",
        },
    ),
    # Kubernetes: kops, pkg/assets/assetdata/k8s-1.34.yaml at
    # 268927e26409f861634e18f3632c9dd483c350cf
    *_rows(
        "kubectl",
        "1.34.4",
        _KUBERNETES + "kubectl",
        {
            # kubespray has the same for Linux: roles/kubespray_defaults/vars/main/checksums.yml
            LINUX_AMD64: "d50c359d95e0841eaad08ddc27c7be37cba8fdccfba5c8e2ded65e121ff112db",
            LINUX_ARM64: "5b982c0644ab1e27780246b9085a5886651b4a7ed86243acbb2bacc1bea01dda",
            DARWIN_AMD64: "9861e775578651d903a779f840ff8e4c0013ae29a1ffc67f05d967262fcf734c",
            DARWIN_ARM64: "d9b239414a5fdf624835bfb62eef28a0885f1645d579f98056a9ab3293f51f87",
        },
    ),
    *_rows(
        "kube-apiserver",
        "1.34.4",
        _KUBERNETES + "kube-apiserver",
        {
            LINUX_AMD64: "9da2739e1cb9981986e181e9104be1863ef1d54c497e3c0232b41e1171582180",
            LINUX_ARM64: "6920f4b3e83521bc0fa591eb266f462c3c95b2a681f39aa6fea3daf6141882fe",
        },
    ),
    *_rows(
        "kube-controller-manager",
        "1.34.4",
        _KUBERNETES + "kube-controller-manager",
        {
            LINUX_AMD64: "089a7b944b1cd46f5e61d12dfe27ff769ebb6c11a1d671cfaae140a4174c039d",
            LINUX_ARM64: "9c44a983b516eb5741aa1cf9d5c38a0180893fb17bd464bf2f03c84ce000a29d",
        },
    ),
    *_rows(
        "kube-scheduler",
        "1.34.4",
        _KUBERNETES + "kube-scheduler",
        {
            LINUX_AMD64: "c21cc43d0d83ae406747587e7f1724f3d4a4f59e6b8095cb443d204a2affc848",
            LINUX_ARM64: "92d517a8f6e4bb7fc2cb2db790ca78efea34820617ee3b8120f93d9e034aac9a",
        },
    ),
    # Linux: kubespray, roles/kubespray_defaults/vars/main/checksums.yml at
    # 46dbdd3994b32640bcd806b0097f50e8fdf1d514. macOS: two projects that copied the release's
    # SHA256SUMS, whose Linux checksums are those of kubespray.
    *_rows(
        "etcd",
        "3.6.14",
        "https://github.com/etcd-io/etcd/releases/download/v{version}"
        "/etcd-v{version}-{os}-{arch}.{archive}",
        {
            LINUX_AMD64: "ffe840ff9295808e88cce2794a18a5ac87f12a5203c8314d0bf6aa119b41bac5",
            LINUX_ARM64: "fa1b80565ee6fc2df1ae6f57a508b221f3ecc7d591c317c581cd8281b0842b3e",
            DARWIN_AMD64: "17b8639cf303fee6c35958278d557263215a9a8f8c15fd89022b5aa67091b228",
            DARWIN_ARM64: "fd154573a1f4c098c214d8233507d2766c43a164f7e339c0385aae71d9a1afaf",
        },
    ),
    # kwok: the package kwok-bin 0.8.0 of Arch Linux's AUR (Linux), and a Nix package of the same
    # name (all three). No source for darwin/amd64 was found.
    *_rows(
        "kwok",
        "0.8.0",
        _KWOK + "kwok-{os}-{arch}",
        {
            LINUX_AMD64: "f5a4385a2ae1b9dd7f8acae18e002a75c0ebba124ae9d7259aa8dadb50711f46",
            LINUX_ARM64: "628f7d277860f524a2a775c217adcc58828e7b59ab0933680315784f1b8b0e37",
            DARWIN_ARM64: "69a064ec98d37844d9d742b5b28ff57825659a983ccc3e208daa6948b94d64ba",
        },
    ),
    *_rows(
        "kwokctl",
        "0.8.0",
        _KWOK + "kwokctl-{os}-{arch}",
        {
            LINUX_AMD64: "d5743166c657283d6e827c7c4c20cacfd9009fd94830f06718ca7b2c7099461f",
            LINUX_ARM64: "5a642b27d3e975f36040d215640cd90fb4a63cb6fca0ad5865a61bcd9c81051b",
            DARWIN_ARM64: "9323a59adb9c27854bd2a76652ad00258bcbb68acc40aba0dc21e362b67b7d6a",
        },
    ),
    # actionlint: the same in over five projects that pin the release's four archives.
    *_rows(
        "actionlint",
        "1.7.12",
        "https://github.com/rhysd/actionlint/releases/download/v{version}"
        "/actionlint_{version}_{os}_{arch}.tar.gz",
        {
            LINUX_AMD64: "8aca8db96f1b94770f1b0d72b6dddcb1ebb8123cb3712530b08cc387b349a3d8",
            LINUX_ARM64: "325e971b6ba9bfa504672e29be93c24981eeb1c07576d730e9f7c8805afff0c6",
            DARWIN_AMD64: "5b44c3bc2255115c9b69e30efc0fecdf498fdb63c5d58e17084fd5f16324c644",
            DARWIN_ARM64: "aba9ced2dee8d27fecca3dc7feb1a7f9a52caefa1eb46f3271ea66b6e0e6953f",
        },
    ),
)
