"""Random policies, and random changes of policies that exist."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.planes.mesh.kubeflow_policies import Policy, policy
from tests.planes.mesh.settings import (
    DEFAULT_DOMAIN,
    GATEWAYS,
    HEADERS,
    NOTEBOOKS,
    Login,
    MeshSetting,
    principal,
)

ACTIONS = ("ALLOW", "DENY", "AUDIT", "CUSTOM")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
LABELS = ({"app": "x"}, {"app": "y"}, {"app": "x", "tier": "web"}, {"tier": "web"}, {"notebook-name": "n1"})
Pool = Sequence[list[str]]
METHOD_LISTS: Pool = (
    ["GET"],
    ["GET", "HEAD"],
    ["POST", "PUT", "PATCH", "DELETE"],
    list(METHODS),
    [*METHODS, "TRACE"],
    ["*"],
    ["P*"],
    ["*T"],
    ["get"],
    ["OPTIONS"],
)
PATH_LISTS: Pool = (
    ["/healthz", "/metrics"],
    ["/api/*"],
    ["*/kernels"],
    ["/*"],
    ["*"],
    ["/{**}"],
    ["/a/{*}/b"],
    ["/admin", "/*"],
)
HOST_LISTS: Pool = (
    ["svc.team-a.svc.cluster.local"],
    ["*.example.com"],
    ["*"],
    ["Host.Example.COM:8080"],
    ["api.*"],
)
PORT_LISTS: Pool = (["8888"], ["8080"], ["80", "443"], ["8012"])
NAMESPACE_LISTS: Pool = (
    ["team-a"],
    ["team-b"],
    ["istio-system"],
    ["istio-ingress"],
    ["team-*"],
    ["*"],
    ["*-a"],
    ["team-a", "kubeflow"],
    ["t*m-a"],
)
ACCOUNT_LISTS: Pool = (
    ["default-editor"],
    ["team-a/default-editor", "team-b/default-editor"],
    [GATEWAYS[0]],
    ["ml-pipeline-ui", "kubeflow/ml-pipeline-ui"],
)
REQUEST_PRINCIPALS: Pool = (["*"], ["https://issuer.example/alice"], ["issuer/*"], ["*/bob"], ["issuer"])
SOURCE_BLOCKS: Pool = (
    ["127.0.2.0/24"],
    ["127.0.3.4"],
    ["0.0.0.0/0"],
    ["127.0.2.0/24", "127.0.5.0/24"],
)
REMOTE_BLOCKS: Pool = (
    ["203.0.113.0/24"],
    ["198.51.100.7"],
    ["0.0.0.0/0"],
    ["203.0.113.0/25", "192.0.2.0/24"],
)
DESTINATION_BLOCKS: Pool = (["10.0.0.0/8"], ["0.0.0.0/0"], ["192.168.0.0/16"])
HEADER_VALUES: Pool = (["*"], ["blue"], ["Bearer *"])
CLAIM_VALUES: Pool = (["admins"], ["*"], ["adm*"], ["*ins", "devs"])
CLAIMS = ("groups", "role", "a][b")


@dataclass(frozen=True)
class Names:
    """What random policies of a world name: users, namespaces of tenants, and the settings."""

    users: tuple[str, ...]
    tenants: tuple[str, ...]
    login: Login
    mesh: MeshSetting

    @property
    def domains(self) -> tuple[str, ...]:
        """The trust domains that policies write, some of them not the mesh's."""
        own = (self.mesh.domain, *self.mesh.aliases)
        return (DEFAULT_DOMAIN, DEFAULT_DOMAIN, *own, *own, "example.org", "other.example", "*", "*.org")


def random_policy(rng: random.Random, names: Names, namespace: str, name: str) -> Policy:
    """Return a policy in a namespace, of any action and shape."""
    action = rng.choices(ACTIONS, (6, 5, 1, 2))[0]
    spec: dict[str, Any] = {} if action == "ALLOW" and rng.random() < 0.5 else {"action": action}
    rules = [random_rule(rng, names, action) for _ in range(rng.choices((0, 1, 2, 3), (1, 6, 3, 1))[0])]
    if rules or action != "ALLOW" or rng.random() < 0.5:
        spec["rules"] = rules or [{}]
    if action == "CUSTOM":
        spec["provider"] = {"name": rng.choice(("oauth2-proxy", "oauth2-proxy", "opa"))}
    created = policy(namespace, name, **spec)
    if rng.random() < 0.2:
        _scope(rng, created)
    if rng.random() < 0.08:
        _annotate(rng, created)
    return created


def random_rule(rng: random.Random, names: Names, action: str = "ALLOW") -> dict[str, Any]:
    """Return a rule; those of CUSTOM policies name no identities, which Istio refuses."""
    rule: dict[str, Any] = {}
    allows_identity = action != "CUSTOM" or rng.random() < 0.05
    if rng.random() < (0.6 if allows_identity else 0.2):
        count = rng.choices((1, 2), (5, 1))[0]
        rule["from"] = [{"source": _source(rng, names, allows_identity)} for _ in range(count)]
    if rng.random() < 0.35:
        count = rng.choices((1, 2), (5, 1))[0]
        rule["to"] = [{"operation": _operation(rng)} for _ in range(count)]
    if rng.random() < 0.5:
        count = rng.choices((1, 2), (4, 1))[0]
        rule["when"] = [_condition(rng, names, allows_identity) for _ in range(count)]
    return rule


def change(rng: random.Random, names: Names, original: Policy) -> Policy:
    """Return a policy with a random change."""
    changed = copy.deepcopy(original)
    rng.choice(_CHANGES)(rng, names, changed)
    return changed


def _fields(rng: random.Random, pools: dict[str, Pool], weights: Sequence[int]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name in rng.choices(list(pools), weights, k=rng.choices((1, 2), (3, 1))[0]):
        spelled = f"not{name[0].upper()}{name[1:]}" if rng.random() < 0.25 else name
        fields[spelled] = list(rng.choice(pools[name]))
    return fields


def _source(rng: random.Random, names: Names, allows_identity: bool) -> dict[str, Any]:
    addresses: dict[str, Pool] = {"ipBlocks": SOURCE_BLOCKS, "remoteIpBlocks": REMOTE_BLOCKS}
    if not allows_identity:
        return _fields(rng, addresses, (1, 1))
    identities: dict[str, Pool] = {
        "principals": [_principals(rng, names)],
        "namespaces": NAMESPACE_LISTS,
        "serviceAccounts": ACCOUNT_LISTS,
        "requestPrincipals": REQUEST_PRINCIPALS,
        "trustDomains": [[rng.choice(names.domains)]],
    }
    return _fields(rng, identities | addresses, (12, 4, 2, 2, 1, 1, 1))


def _operation(rng: random.Random) -> dict[str, Any]:
    pools: dict[str, Pool] = {
        "methods": METHOD_LISTS,
        "paths": PATH_LISTS,
        "hosts": HOST_LISTS,
        "ports": PORT_LISTS,
    }
    return _fields(rng, pools, (4, 4, 2, 3))


def _principals(rng: random.Random, names: Names) -> list[str]:
    return [_principal(rng, names) for _ in range(rng.choices((1, 2, 3), (4, 2, 1))[0])]


def _principal(rng: random.Random, names: Names) -> str:
    tenant, domain = rng.choice(names.tenants), rng.choice(names.domains)
    accounts = (names.login.gateway, names.login.gateway, names.login.pipelines, NOTEBOOKS, GATEWAYS[0])
    whole = principal(rng.choice((*accounts, f"{tenant}/default-editor")), domain)
    shapes = (
        whole,
        whole,
        whole,
        whole,
        "*",
        f"{domain}/ns/{tenant}/*",
        f"{domain}/ns/istio-system/*",
        f"{domain}/*",
        f"*/sa/{whole.rpartition('/')[2]}",
        f"*{whole[3:]}",
        f"{domain}/ns/{tenant}",
        f"{whole}/extra",
        whole.upper(),
    )
    return rng.choice(shapes)


def _condition(rng: random.Random, names: Names, allows_identity: bool) -> dict[str, Any]:
    pools: list[tuple[int, str, Pool]] = [
        (14, f"request.headers[{_any_case(rng, names.login.header)}]", [_users(rng, names)]),
        (2, f"request.headers[{rng.choice(HEADERS)[0]}]", [_users(rng, names)]),
        (3, f"request.headers[{rng.choice(('x-team', 'Authorization', 'x-token'))}]", HEADER_VALUES),
        (1, "source.ip", SOURCE_BLOCKS),
        (1, "remote.ip", REMOTE_BLOCKS),
        (1, "destination.ip", DESTINATION_BLOCKS),
        (3, "destination.port", PORT_LISTS),
        (1, "connection.sni", (["outbound_.80_._.svc"], ["*"])),
    ]
    if allows_identity:
        pools += [
            (4, "source.namespace", NAMESPACE_LISTS),
            (4, "source.principal", [_principals(rng, names)]),
            (1, "source.serviceAccount", ACCOUNT_LISTS),
            (1, "request.auth.principal", REQUEST_PRINCIPALS),
            (1, "request.auth.audiences", (["kubeflow"], ["*"])),
            (1, "request.auth.presenter", (["dashboard"], ["dash*"])),
            (3, f"request.auth.claims[{rng.choice(CLAIMS)}]", CLAIM_VALUES),
        ]
    _, key, lists = rng.choices(pools, [weight for weight, _, _ in pools])[0]
    values = list(rng.choice(lists))
    if rng.random() < 0.05:
        return {"key": key, "values": values, "notValues": list(rng.choice(lists))}
    return {"key": key, "notValues" if rng.random() < 0.25 else "values": values}


def _users(rng: random.Random, names: Names) -> list[str]:
    """Return values of the user header: names with and without the prefix, and patterns."""
    values = []
    for _ in range(rng.choices((1, 2), (3, 1))[0]):
        user, prefix = rng.choice(names.users), names.login.prefix
        shapes = (
            prefix + user,
            prefix + user,
            prefix + user,
            user,
            "*",
            "*@example.com",
            f"{prefix}{user[:3]}*",
            f"*{user[2:]}",
            f"{prefix}*" if prefix else "al*",
            (prefix + user).upper(),
        )
        values.append(rng.choice(shapes))
    return values


def _any_case(rng: random.Random, header: str) -> str:
    return rng.choice((header, header, header.title(), header.upper()))


def _spec(changed: Policy) -> dict[str, Any]:
    """Return the spec of a policy, a new one if it has none."""
    if changed.get("spec") is None:
        changed["spec"] = {}
    spec: dict[str, Any] = changed["spec"]
    return spec


def _scope(rng: random.Random, changed: Policy) -> None:
    """Restrict a policy to some workloads, or attach it to a target."""
    spec = _spec(changed)
    targets = (
        {"group": "", "kind": "Service", "name": "svc"},
        {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "waypoint"},
        {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "istio-gateway"},
        {"group": "gateway.networking.k8s.io", "kind": "GatewayClass", "name": "istio-waypoint"},
    )
    shape = rng.random()
    if shape < 0.6:
        spec["selector"] = {"matchLabels": dict(rng.choice(LABELS))}
    elif shape < 0.7:
        spec["selector"] = rng.choice(({}, {"matchLabels": {}}))
    elif shape < 0.95:
        spec["targetRefs"] = [dict(rng.choice(targets))]
    else:
        spec["targetRef"] = dict(rng.choice(targets))


def _annotate(rng: random.Random, changed: Policy) -> None:
    value = rng.choice(("true", "true", "true", "false", "1", "TRUE", "yes"))
    changed["metadata"].setdefault("annotations", {})["istio.io/dry-run"] = value


def _scoped(rng: random.Random, _: Names, changed: Policy) -> None:
    _scope(rng, changed)


def _dry(rng: random.Random, _: Names, changed: Policy) -> None:
    _annotate(rng, changed)


def _other_action(rng: random.Random, _: Names, changed: Policy) -> None:
    spec = _spec(changed)
    spec["action"] = rng.choice(ACTIONS)
    if spec["action"] == "CUSTOM":
        spec["provider"] = {"name": "oauth2-proxy"}


def _other_rules(rng: random.Random, _: Names, changed: Policy) -> None:
    spec = _spec(changed)
    spec["rules"] = rng.choice(([], [{}], list(reversed(spec.get("rules", [])))))


def _no_spec(rng: random.Random, _: Names, changed: Policy) -> None:
    if rng.random() < 0.5:
        changed.pop("spec", None)
    else:
        changed["spec"] = rng.choice(({}, None))


def _more_rules(rng: random.Random, names: Names, changed: Policy) -> None:
    spec = _spec(changed)
    spec.setdefault("rules", []).append(random_rule(rng, names, spec.get("action", "ALLOW")))


def _in_a_rule(rng: random.Random, names: Names, changed: Policy) -> None:
    """Replace or add one of the three parts of a rule."""
    rules = _spec(changed).get("rules")
    if not rules:
        return _more_rules(rng, names, changed)
    rule, extra = rng.choice(rules), random_rule(rng, names, changed["spec"].get("action", "ALLOW"))
    rule.update(extra)
    return None


def _in_a_list(rng: random.Random, names: Names, changed: Policy) -> None:
    """Change a value in one of the lists of texts: another user or principal, a star, another case."""
    lists = list(_lists(changed.get("spec")))
    if not lists:
        return
    texts = rng.choice(lists)
    index = rng.randrange(len(texts))
    text = texts[index]
    shapes: tuple[str, ...] = (
        "*",
        text + "*",
        "*" + text[1:],
        text[:-1] + "*",
        text.swapcase(),
        text.strip("*"),
    )
    if "/ns/" in text:
        shapes = (*shapes, _principal(rng, names), _principal(rng, names))
    elif "@" in text:
        shapes = (*shapes, *_users(rng, names))
    texts[index] = rng.choice(shapes) or "x"


def _negated(rng: random.Random, _: Names, changed: Policy) -> None:
    """Turn a field into its opposite, such as `values` into `notValues`."""
    parts = [part for part in _mappings(changed.get("spec")) if any(_is_texts(v) for v in part.values())]
    if parts:
        part = rng.choice(parts)
        name = rng.choice([name for name, value in part.items() if _is_texts(value)])
        opposite = name[3].lower() + name[4:] if name.startswith("not") else f"not{name[0].upper()}{name[1:]}"
        part[opposite] = part.pop(name)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(text, str) for text in value)


def _mappings(content: Any) -> list[dict[str, Any]]:
    """Return all mappings in the content of a policy."""
    if isinstance(content, dict):
        return [content, *(part for value in content.values() for part in _mappings(value))]
    return [part for item in content for part in _mappings(item)] if isinstance(content, list) else []


def _lists(content: Any) -> list[list[str]]:
    """Return all lists of texts in the content of a policy."""
    return [value for part in _mappings(content) for value in part.values() if _is_texts(value)]


_CHANGES: tuple[Callable[[random.Random, Names, Policy], None], ...] = (
    _scoped,
    _dry,
    _other_action,
    _other_rules,
    _no_spec,
    _more_rules,
    _more_rules,
    _in_a_rule,
    _in_a_rule,
    _in_a_rule,
    _in_a_list,
    _in_a_list,
    _in_a_list,
    _negated,
    _negated,
)
