"""examples/in-cluster on a real server: built by kubectl, admitted, and its account can do what it needs."""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_kfaccess.commands.audit.arguments import READS
from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import load
from tests.controlplane.pki import Authority
from tests.output.formats.openreports import GROUP, VERSION, definitions, reports_in
from tests.robustness.proxy import FaultProxy
from tests.running import REPOSITORY

pytestmark = pytest.mark.server

FOLDER = REPOSITORY / "examples" / "in-cluster"
WATCH_SECONDS = 10.0
NAMESPACE, ACCOUNT = "kfaccess", "kfaccess-audit"
Object = dict[str, Any]


@pytest.fixture(scope="module")
def built(demo: ControlPlane) -> list[Object]:
    """Return the objects of the example, as kubectl builds them."""
    done = subprocess.run(
        [demo.kubectl, "kustomize", FOLDER], capture_output=True, text=True, timeout=60, check=True
    )
    return [each for each in yaml.safe_load_all(done.stdout) if each]


@pytest.fixture(scope="module")
def installed(demo: ControlPlane, built: list[Object]) -> ControlPlane:
    """Return the demo cluster with the example and the kinds of its reports."""
    assert [] == load(demo, [*definitions(), *built], replace=True)
    return demo


@pytest.fixture(scope="module")
def kubeconfig(
    installed: ControlPlane, built: list[Object], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Return a kubeconfig with a token of the example's account."""
    content = yaml.safe_load(installed.kubeconfig().read_text(encoding="utf-8"))
    content["users"][0]["user"] = {"token": installed.service_account_token(NAMESPACE, ACCOUNT)}
    file = tmp_path_factory.mktemp("pod") / "kubeconfig"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    wait_until_bound(installed, built)
    return file


def wait_until_bound(plane: ControlPlane, built: list[Object]) -> None:
    """Wait until the server's authorizer, which watches roles, allows the account what the example grants."""
    deadline = time.monotonic() + WATCH_SECONDS
    for verb, group, resource, namespace in granted(built):
        names = [
            name
            for each in built
            for rule in each.get("rules", ())
            if resource in rule["resources"] and verb in rule["verbs"]
            for name in rule.get("resourceNames", ())
        ]
        attributes = {"verb": verb, "group": group, "resource": resource, "namespace": namespace}
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {
                "user": f"system:serviceaccount:{NAMESPACE}:{ACCOUNT}",
                "resourceAttributes": {**attributes, "name": (names or [""])[0]},
            },
        }
        path = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
        while not plane.request("POST", path, review)[1]["status"]["allowed"]:
            assert time.monotonic() < deadline, f"{attributes}: not allowed"
            time.sleep(0.02)


def pod(built: list[Object]) -> Object:
    """Return the pod template of the CronJob."""
    [job] = [each for each in built if each["kind"] == "CronJob"]
    template: Object = job["spec"]["jobTemplate"]["spec"]["template"]
    return template


def in_container(number: int, built: list[Object], folder: Path, kubeconfig: Path, kubectl: Path) -> str:
    """Run a container's command in *folder* in place of its volumes, and return what it writes to stderr."""
    spec = pod(built)["spec"]
    container = (*spec["initContainers"], *spec["containers"])[number]
    mounts = "|".join(mount["mountPath"] for mount in container["volumeMounts"])
    words = [
        re.sub(rf"(?<!\w)({mounts})/", rf"{folder}\1/", word)
        for word in (*container["command"], *container["args"])
    ]
    path = os.pathsep.join((str(Path(sys.executable).parent), str(kubectl.parent), os.environ["PATH"]))
    env = {"PATH": path, "HOME": f"{folder}/tmp", "KUBECONFIG": str(kubeconfig)}
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False, env=env)
    assert 0 == done.returncode, done.stderr
    return done.stderr


@pytest.fixture
def volumes(built: list[Object], tmp_path: Path) -> Path:
    """Return a directory with what the pod's volumes hold at its start."""
    for name in ("accept", "reports", "tmp"):
        (tmp_path / name).mkdir()
    [accepted] = [each for each in built if each["kind"] == "ConfigMap"]
    for name, text in accepted["data"].items():
        (tmp_path / "accept" / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_the_server_admits_its_pod(installed: ControlPlane, built: list[Object]) -> None:
    """The namespace enforces the restricted Pod Security Standard, and images are named by digest."""
    metadata = {"name": "try", "namespace": NAMESPACE}
    template = {**pod(built), "apiVersion": "v1", "kind": "Pod", "metadata": metadata}
    path = f"/api/v1/namespaces/{NAMESPACE}/pods?dryRun=All"
    status, answer = installed.request("POST", path, template)
    worse = copy.deepcopy(template)
    worse["spec"]["containers"][0]["securityContext"]["allowPrivilegeEscalation"] = True

    assert 201 == status, answer
    assert 403 == installed.request("POST", path, worse)[0]
    spec = template["spec"]
    for container in (*spec["initContainers"], *spec["containers"]):
        assert "@sha256:" in container["image"]
        assert container["securityContext"]["readOnlyRootFilesystem"]


def test_the_first_container_audits_and_the_second_applies(
    installed: ControlPlane, built: list[Object], kubeconfig: Path, volumes: Path
) -> None:
    """With the account's token alone; what the server has then is what was printed, also the second time."""
    for _ in range(2):
        in_container(0, built, volumes, kubeconfig, installed.kubectl)
        in_container(1, built, volumes, kubeconfig, installed.kubectl)

    printed = reports_in((volumes / "reports" / "reports.yaml").read_text(encoding="utf-8"))
    for report in printed:
        status, answer = installed.request("GET", path_of(report))
        assert 200 == status
        assert report["results"] == answer["results"]
    assert {"team-a", "team-b", "team-c"} <= {each["metadata"].get("namespace") for each in printed}


def path_of(report: Object) -> str:
    """Return the URL path of a report."""
    namespace = report["metadata"].get("namespace")
    where = f"/namespaces/{namespace}" if namespace else ""
    return f"/apis/{GROUP}/{VERSION}{where}/{report['kind'].lower()}s/{report['metadata']['name']}"


def audit(kubeconfig: Path) -> Object:
    """Return an audit as the example's account."""
    program = Path(sys.executable).with_name("kubectl-kfaccess")
    done = subprocess.run(
        [program, "audit", "-o", "json", "--kubeconfig", kubeconfig],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    answer: Object = json.loads(done.stdout)
    return answer


def test_the_account_sees_what_an_administrator_sees(installed: ControlPlane, kubeconfig: Path) -> None:
    """Nothing is missing, and every finding is there."""
    own = audit(kubeconfig)

    assert {"complete": True, "gaps": []} == own["coverage"]
    assert audit(installed.kubeconfig()) == own


def granted(built: list[Object]) -> list[tuple[str, str, str, str]]:
    """Return each (verb, group, resource, namespace) that the example grants; "" is the whole cluster."""
    return [
        (verb, group, name, each["metadata"].get("namespace", ""))
        for each in built
        for rule in each.get("rules", ())
        for verb in rule["verbs"]
        for group in rule["apiGroups"]
        for name in rule["resources"]
    ]


def test_it_grants_what_audit_declares_and_no_more(built: list[Object]) -> None:
    """It reads exactly that, and writes reports alone."""
    reads = [each for each in granted(built) if each[1] != GROUP]
    writes = [each for each in granted(built) if each[1] == GROUP]

    assert {*READS.resources} == {name for _, _, name, _ in reads}
    assert {"get", "list"} == {verb for verb, *_ in reads}
    assert {"reports", "clusterreports"} == {name for _, _, name, _ in writes}
    assert {"create", "patch"} == {verb for verb, *_ in writes}


def test_it_asks_for_all_that_it_grants_to_read(
    installed: ControlPlane, built: list[Object], kubeconfig: Path, tmp_path: Path
) -> None:
    """The requests of an audit, as a proxy sees them, are those that the roles allow, one for one."""
    authority = Authority(tmp_path)
    content = yaml.safe_load(kubeconfig.read_text(encoding="utf-8"))
    with FaultProxy(installed.server, installed.ca_file, authority.server("proxy")) as proxy:
        cluster = {"server": proxy.url, "certificate-authority": str(authority.certificate)}
        content["clusters"][0]["cluster"] = cluster
        (tmp_path / "kubeconfig").write_text(yaml.safe_dump(content), encoding="utf-8")
        audit(tmp_path / "kubeconfig")

    allowed = {(verb, name, place) for verb, group, name, place in granted(built) if group != GROUP}
    assert allowed == {request for seen in proxy.seen if (request := read_by(seen.path))}


def test_without_the_settings_the_reports_say_so(
    installed: ControlPlane, built: list[Object], kubeconfig: Path
) -> None:
    """Findings about releases and the mesh may be missing then: nobody takes that for a pass."""
    whole = audit(kubeconfig)["items"]
    roles = [each for each in built if each["kind"] == "Role"]
    for role in roles:
        assert [] == load(installed, [{**role, "rules": []}], replace=True)
    try:
        deadline = time.monotonic() + WATCH_SECONDS
        while (less := audit(kubeconfig))["coverage"]["complete"]:
            assert time.monotonic() < deadline, "the roles are empty, and the answer is still complete"
    finally:
        assert [] == load(installed, roles, replace=True)

    unread = {(gap["resource"], gap["namespace"]) for gap in less["coverage"]["gaps"]}
    assert {("configmaps", "istio-system"), ("configmaps", "kubeflow"), ("deployments", "kubeflow")} == unread
    assert len(less["items"]) < len(whole)


REQUEST = re.compile(
    r"/api(?:s/[^/]+)?/v[^/]+(?:/namespaces/(?P<place>[^/]+))?/(?P<resource>[a-z]+)(?P<name>/[^/]+)?"
)


def read_by(path: str) -> tuple[str, str, str] | None:
    """Return the verb, the resource and the namespace of a request; None if it is for no resource."""
    match = REQUEST.fullmatch(path.partition("?")[0])
    return match and ("get" if match["name"] else "list", match["resource"], match["place"] or "")
