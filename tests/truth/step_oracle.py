"""
What everybody reaches, found by asking the server alone.

The oracle knows the catalogue of steps (what a way needs, and what it yields) and which objects a world has.
Whether somebody is allowed a request, it asks the server: as each identity that it has reached, with the
groups of that identity. It shares nothing with the engine but the catalogue. Questions are asked many at a
time: what is not answered yet counts as a "no" for the moment, and is worked out again with the answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from kubectl_kfaccess.escalation.registry import STEPS
from kubectl_kfaccess.escalation.step_type import Name, Need, Proof, StepType, Way, Yield
from kubectl_kfaccess.kubeflow.pipelines.installation import Mode
from kubectl_kfaccess.kubeflow.versions import Versions
from kubectl_kfaccess.rbac.known_subjects import Plane, identified
from kubectl_kfaccess.rbac.model import (
    ClusterRole,
    ClusterRoleBinding,
    KubernetesObject,
    PolicyRule,
    Role,
    RoleBinding,
    ServiceAccount,
)
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.subjects import (
    AUTHENTICATED,
    GROUP,
    MASTERS,
    SERVICE_ACCOUNT,
    SERVICE_ACCOUNT_PREFIX,
    Principal,
    displayed,
    principal,
    service_account_groups,
)
from tests.truth.step_worlds import ADMIN_ROLE, ENFORCE, World, shared_objects

ANY_ROLE = "any"
EVERY = "*"
FULL, API, REQUESTS = "full", "api", "requests"
_CLUSTER_KINDS = (ClusterRole, ClusterRoleBinding)
_EVERYTHING = Request("*", "*", "*")
_IMPERSONATING = (
    Yield.USER,
    Yield.GROUP,
    Yield.IMPERSONATED_ACCOUNT,
    Yield.LIMITED_USER,
    Yield.LIMITED_ACCOUNT,
)


class Who(NamedTuple):
    """
    Somebody: *user* with *groups*, and how they are held.

    With a *role*, they were granted one more, in *place* ("": everywhere, `*`: in every namespace). With
    *by*, only what that one can send as them in *mode* counts.
    """

    user: str
    groups: tuple[str, ...]
    hold: str = FULL
    role: str = ""
    place: str = ""
    by: Who | None = None  # type: ignore[misc]  # somebody is behind somebody, at most a few deep
    mode: str = ""


class Thing(NamedTuple):
    """Something else that is reached: `code`, `data`, `node`, `reviews`, `cluster` or `cloud`."""

    kind: str
    place: str = ""
    name: str = ""


Target = Who | Thing
Question = tuple[str, tuple[str, ...], Request]


class Edge(NamedTuple):
    """What is reached, and whether that is proved."""

    to: Target
    is_proved: bool


class Option(NamedTuple):
    """A way of a step that the world has; whether it has it is known if *is_certain*."""

    step: StepType
    way: Way
    is_certain: bool

    @property
    def yields(self) -> Yield:
        return self.step.yield_of(self.way)

    @property
    def is_proved(self) -> bool:
        return self.is_certain and self.step.proof_of(self.way) is not Proof.CONDITION


def probe(word: str, role: str) -> str:
    """Return the group to which nothing but *role* is bound, so that one can ask what the role allows."""
    return f"{word}:probe:{role}"


class Answers:
    """The server's answers, and the questions that nobody has asked yet."""

    def __init__(self) -> None:
        self.known: dict[Question, bool] = {}
        self.open: dict[Question, None] = {}
        self.missed = 0

    def may(self, user: str, groups: tuple[str, ...], request: Request) -> bool:
        """Return the server's answer; a question that was not asked is asked soon."""
        question = (user, groups, request)
        if question not in self.known:
            self.open[question] = None
            self.missed += 1
        return self.known.get(question, False)


class Oracle:
    """What is reached in one world."""

    def __init__(self, world: World, answers: Answers) -> None:
        self.world = world
        self._answers = answers
        objects = (*world.objects, *shared_objects())
        self._bindings = [each for each in objects if isinstance(each, RoleBinding | ClusterRoleBinding)]
        self._roles = {_role_key(each): each for each in objects if isinstance(each, Role | ClusterRole)}
        self._rules = [rule for each in self._roles.values() for rule in each.rules]
        self._accounts = {each.key: each for each in objects if isinstance(each, ServiceAccount)}
        self._levels = {each.metadata.name: each.metadata.labels.get(ENFORCE) for each in objects}
        self.principals = sorted({who for each in self._bindings for who in _subjects(each)})
        places = {each.metadata.namespace for each in (*self._accounts.values(), *self._bindings)}
        bound = {each.namespace or "" for each in map(displayed, self.principals)}
        self.places = sorted((places | bound) - {""})
        self._gone = bound - places - {each.metadata.name for each in objects if each.kind == "Namespace"}
        self._elsewhere = f"{world.word}-elsewhere"
        self._is_named = cache(self._names_verb)
        self._known_names = cache(self._names_about)
        self._options = [*self._all_options()]

    def start(self, who: Principal) -> Who:
        """Return a subject of bindings as somebody: with the groups that logging in adds."""
        known = identified(displayed(who))
        return Who(known.user, known.groups)

    def edges(self, target: Target) -> list[Edge]:
        """Return what can be reached from *target* in one step."""
        if isinstance(target, Who):
            return [*self._of_somebody(target)]
        return [*self._of_code(target)] if target.kind == "code" else []

    # --- what somebody is allowed ---

    def may(self, who: Who, request: Request, plane: Plane = Plane.KUBECTL) -> bool:
        """Return whether *who* is allowed *request*, by the API server or by a service."""
        if plane is Plane.KUBEFLOW and (not who.user or who.hold != FULL or who.by):
            return False
        if who.role and _covers(who.place, request.namespace) and self._role_allows(who.role, request):
            return True
        if not self._is_named(request.verb, request.group, request.combined_resource):
            return False
        groups = who.groups if plane is Plane.KUBECTL else ()
        if not self._answers.may(who.user, groups, request):
            return False
        return who.by is None or self.may(who.by, _as_somebody_else(who.mode, request))

    def allows(self, target: Target, request: Request, plane: Plane) -> bool:
        """Return whether what was reached is allowed *request*."""
        if isinstance(target, Who):
            return self.may(target, request, plane)
        if target.kind == "data":
            is_here = request.namespace != "" and target.place in ("", request.namespace)
            is_data = request.combined_resource in ("secrets", "configmaps") and request.group == ""
            return is_here and is_data and request.verb == "get"
        if target.kind == "reviews":
            is_review = (request.group, request.resource) in _REVIEWS
            return is_review and request.verb == "create"
        return target.kind == "cluster"

    def _role_allows(self, role: str, request: Request) -> bool:
        return role == ANY_ROLE or self._answers.may("", (probe(self.world.word, role),), request)

    def _names_verb(self, verb: str, group: str, resource: str) -> bool:
        """Whether any rule of the world names the verb and the type, so that asking makes sense."""
        return any(
            _names_type(rule, group, resource) and {"*", verb} & set(rule.verbs) for rule in self._rules
        )

    # --- which ways are open ---

    def _all_options(self) -> Iterator[Option]:
        for step in STEPS:
            for way in step.ways:
                counts = self._has(way) if way.is_in(self.world.version) else False
                if counts is not False:
                    yield Option(step, way, counts is True)

    def _has(self, way: Way) -> bool | None:
        """Return whether the world has what the way needs; None if that is not known."""
        pipelines, served = self.world.pipelines, self.world.served
        if way.releases is not None:
            if pipelines is None or pipelines.mode in (Mode.STANDALONE, Mode.ABSENT):
                return False
            if pipelines.mode is Mode.UNKNOWN:
                return None
            if pipelines.version is None:
                return True if way.releases == Versions("") else None
            return way.releases.has(pipelines.version)
        if way.kind is None:
            return True
        return None if served is None else way.kind in served

    def _names(self, who: Who, option: Option, place: str) -> frozenset[str]:
        """Return the names of what the way yields in *place*, for which every need is met; "" is any."""
        names = frozenset(("",))
        for need in option.way.needs:
            met = self._met(who, need, place)
            names = met if "" in names else (names if "" in met else names & met)
            if not names:
                break
        return names

    def _met(self, who: Who, need: Need, place: str) -> frozenset[str]:
        verbs = {*need.verbs, *(("patch",) if need.applies else ())}
        resource = need.request("*", "", "").combined_resource
        if who.role != ANY_ROLE and not any(self._is_named(verb, need.group, resource) for verb in verbs):
            return frozenset()
        if self._is_met(who, need, place, ""):
            return frozenset(("",))
        if not isinstance(need.name, Name) or need.name in (Name.NAMESPACE, Name.NONE):
            return frozenset()
        met = frozenset(name for name in self._known_names(need) if self._is_met(who, need, place, name))
        return met if need.name is Name.YIELDED or not met else frozenset(("",))

    def _is_met(self, who: Who, need: Need, place: str, name: str) -> bool:
        return any(
            all(self.may(who, request, need.plane) for request in requests)
            for requests in need.alternatives(place, name)
        )

    def _names_about(self, need: Need) -> frozenset[str]:
        """Return the names in rules about the type of *need*."""
        resource = need.request("*", "", "").combined_resource
        about = (rule for rule in self._rules if _names_type(rule, need.group, resource))
        return frozenset(name for rule in about for name in rule.resource_names)

    # --- what follows ---

    def _of_somebody(self, who: Who) -> Iterator[Edge]:
        if MASTERS in who.groups or self.may(who, _EVERYTHING):
            yield Edge(Thing("cluster"), True)
            return
        yield from self._clouds(who)
        everywhere = self._satisfied(who, self._elsewhere)
        yield from self._yielded(who, "", everywhere, everywhere)
        for place in self.places:
            here = self._satisfied(who, place)
            yield from self._yielded(who, place, here, everywhere)

    def _satisfied(self, who: Who, place: str) -> dict[Option, frozenset[str]]:
        met: dict[Option, frozenset[str]] = {}
        for option in self._options:
            home = option.way.namespace
            if who.hold == REQUESTS and option.yields in _IMPERSONATING:
                continue  # a request has one identity to impersonate
            if home and place not in (home, self._elsewhere):
                continue
            names = self._names(who, option, home or place)
            if names:
                met[option] = names
        return met

    def _yielded(
        self,
        who: Who,
        place: str,
        here: dict[Option, frozenset[str]],
        everywhere: dict[Option, frozenset[str]],
    ) -> Iterator[Edge]:
        for option, names in here.items():
            if option.way.runs_code:
                yield from self._with_code(who, option, place, names, here)
                continue
            known = everywhere.get(option, frozenset()) if place else frozenset()
            fresh = frozenset() if "" in known else names - known
            for target in self._targets(who, option, place, fresh):
                yield Edge(target, option.is_proved) if isinstance(target, Who | Thing) else target

    def _with_code(
        self,
        who: Who,
        option: Option,
        place: str,
        names: frozenset[str],
        here: dict[Option, frozenset[str]],
    ) -> Iterator[Edge]:
        """Yield what follows if somebody runs code as well, as an account that does not exist yet."""
        if option.yields not in (Yield.ABSENT_ACCOUNT, Yield.LOST_ACCOUNT):
            code = [other.is_proved for other in here if other.yields is Yield.CODE]
            if code:
                target = Thing("node") if option.yields is Yield.NODE else Thing("cloud")
                yield Edge(target, option.is_proved and any(code))
            return
        for namespace, name in self._absent(place, gone=option.yields is Yield.LOST_ACCOUNT):
            if names & {"", name}:
                for other, helped in here.items():
                    if other.yields in (Yield.CODE, Yield.ACCOUNT, Yield.API_ACCOUNT) and helped & {"", name}:
                        to = self._account(namespace, name, FULL)
                        yield Edge(to, option.is_proved and other.is_proved)

    def _targets(
        self, who: Who, option: Option, place: str, names: frozenset[str]
    ) -> Iterator[Target | Edge]:
        if not names:
            return
        yields = option.yields
        if yields in (Yield.CODE, Yield.DEFAULT_CODE, Yield.WORKSPACE_CODE, Yield.CODE_AS):
            yield from self._code(yields, place, names)
        elif yields in _ACCOUNTS:
            yield from self._accounts_of(place, names, _ACCOUNTS[yields])
        elif yields in _IMPERSONATING or yields is Yield.ANYONE:
            yield from self._people(who, yields, place, names)
        elif yields in _THINGS:
            yield Thing(_THINGS[yields])
        else:
            yield from self._granted(who, option, place, names)

    def _code(self, yields: Yield, place: str, names: frozenset[str]) -> Iterator[Target]:
        if yields is Yield.CODE:
            yield Thing("code", place)
        elif yields is Yield.WORKSPACE_CODE:
            yield Thing("code", place, "ws-*")
        elif yields is Yield.CODE_AS:
            yield from (Thing("code", place, name) for name in names)
        elif self.world.pipelines:
            yield Thing("code", place, self.world.pipelines.account)

    def _of_code(self, code: Thing) -> Iterator[Edge]:
        if code.name != "ws-*":
            names = frozenset((code.name,))
            yield from (Edge(who, True) for who in self._accounts_of(code.place, names, FULL))
        yield Edge(Thing("data", code.place), False)
        if not code.name and self._levels.get(code.place) not in ("baseline", "restricted"):
            yield Edge(Thing("node"), False)

    def _clouds(self, who: Who) -> Iterator[Edge]:
        subject = displayed(Principal("User", who.user))
        account = self._accounts.get((subject.namespace or "", subject.name))
        is_itself = not who.role and who.by is None and who.hold == FULL
        if is_itself and subject.kind == SERVICE_ACCOUNT and account:
            for value in account.metadata.annotations.values():
                yield Edge(Thing("cloud", name=value), False)

    # --- accounts and people ---

    def _account(self, namespace: str, name: str, hold: str) -> Who:
        user = f"{SERVICE_ACCOUNT_PREFIX}{namespace}:{name}"
        return Who(user, service_account_groups(namespace), hold)

    def _accounts_of(self, place: str, names: frozenset[str], hold: str) -> Iterator[Who]:
        """Yield the accounts of those names in *place*; one needs to exist unless it is impersonated."""
        for namespace in (place,) if place else self.places:
            for name in self._account_names(namespace) if "" in names else names:
                if hold == REQUESTS or self._exists(namespace, name):
                    yield self._account(namespace, name, hold)

    def _account_names(self, namespace: str) -> set[str]:
        bound = {name for place, name in self._bound_accounts() if place == namespace}
        return {"default", *bound, *(name for place, name in self._accounts if place == namespace)}

    def _bound_accounts(self) -> Iterator[tuple[str, str]]:
        for subject in map(displayed, self.principals):
            if subject.kind == SERVICE_ACCOUNT:
                yield subject.namespace or "", subject.name

    def _exists(self, namespace: str, name: str) -> bool:
        is_default = name == "default" and namespace not in self._gone
        return is_default or (namespace, name) in self._accounts

    def _absent(self, place: str, *, gone: bool) -> Iterator[tuple[str, str]]:
        for namespace, name in self._bound_accounts():
            is_of_place = place in ("", namespace) and (namespace in self._gone) == gone
            if is_of_place and not self._exists(namespace, name):
                yield namespace, name

    def _people(self, who: Who, yields: Yield, place: str, names: frozenset[str]) -> Iterator[Target]:
        everybody = [each for each in self.principals if each != Principal(GROUP, MASTERS)]
        if yields is Yield.ANYONE:
            yield from (self.start(each)._replace(hold=API) for each in everybody)
        elif yields is Yield.IMPERSONATED_ACCOUNT:
            yield from self._accounts_of(place, names, REQUESTS)
        elif yields is Yield.LIMITED_ACCOUNT:
            for each in self._accounts_of(place, names, REQUESTS):
                yield each._replace(by=who, mode="serviceaccount")
        elif yields is Yield.GROUP:
            for name in names:
                yield Thing("cluster") if name in ("", MASTERS) else Who("", (name,), REQUESTS)
        else:
            users = {each.name for each in everybody if each.kind != GROUP} if "" in names else set(names)
            for name in users:
                is_limited = yields is Yield.LIMITED_USER
                if name.startswith(SERVICE_ACCOUNT_PREFIX) or (
                    is_limited and name.startswith("system:node:")
                ):
                    continue
                user = Who(name, (AUTHENTICATED,), REQUESTS)
                yield user._replace(by=who, mode="user-info") if is_limited else user

    # --- more roles ---

    def _granted(self, who: Who, option: Option, place: str, names: frozenset[str]) -> Iterator[Target]:
        way, yields = option.way, option.yields
        kind = "ClusterRole" if way.needs[-1].resource == "clusterroles" else "Role"
        if yields is Yield.ANY_RULES:
            for where in self._changeable(way.needs[0], kind, place or EVERY, names):
                yield self._with(who, ANY_ROLE, where)
        elif yields is Yield.PROFILE_ADMIN:
            yield self._with(who, f"ClusterRole//{ADMIN_ROLE}", place or EVERY)
        elif yields is Yield.ROLE:
            yield from self._bindable(who, kind, "" if way.needs[0].cluster else place or EVERY, names)
        elif yields is Yield.ROLE_OF_BINDING:
            yield from self._joined(who, way, kind, place, names)
        else:
            yield from self._written(who, yields, kind, place, names)

    def _changeable(self, need: Need, kind: str, place: str, names: frozenset[str]) -> Iterator[str]:
        """Yield where the role exists that is changed, or *place* if it is created."""
        if "create" in need.verbs:
            yield place
            return
        for key, role in self._roles.items():
            its_kind, namespace, name = key.split("/")
            is_aggregated = isinstance(role, ClusterRole) and bool(role.selectors)
            is_here = not namespace or place in (EVERY, namespace)
            if its_kind == kind and names & {"", name} and is_here and not is_aggregated:
                yield namespace or place

    def _with(self, who: Who, role: str, place: str) -> Who:
        subject = who.by or who
        return Who(subject.user, subject.groups, subject.hold, role, place)

    def _bindable(self, who: Who, kind: str, place: str, names: frozenset[str]) -> Iterator[Target]:
        if kind == "ClusterRole" and "" in names:
            yield self._with(who, ANY_ROLE, place)
            return
        for key in self._roles:
            its_kind, namespace, name = key.split("/")
            is_here = kind == "ClusterRole" or place in (EVERY, namespace)
            if its_kind == kind and is_here and names & {"", name}:
                yield self._with(who, key, place if kind == "ClusterRole" else namespace)

    def _joined(self, who: Who, way: Way, kind: str, place: str, names: frozenset[str]) -> Iterator[Target]:
        """Yield who gets the role of an existing binding, by adding themself to its subjects."""
        need = way.needs[0]
        for binding in self._bindings:
            namespace, ref = binding.metadata.namespace, binding.role_ref
            key = f"{kind}/{namespace if kind == 'Role' else ''}/{ref.name}"
            is_of_kind = isinstance(binding, ClusterRoleBinding) == need.cluster and ref.kind == kind
            is_here = need.cluster or place in ("", namespace)
            if not (is_of_kind and is_here and names & {"", ref.name} and key in self._roles):
                continue
            writes = (need.request(verb, namespace, binding.metadata.name) for verb in need.verbs)
            if not self._is_bound(who, binding) and any(self.may(who, request) for request in writes):
                yield self._with(who, key, namespace)

    def _is_bound(self, who: Who, binding: RoleBinding | ClusterRoleBinding) -> bool:
        return any(self._is_part(who, each) for each in _subjects(binding))

    def _is_part(self, who: Who, each: Principal) -> bool:
        return each.name in who.groups if each.kind == GROUP else each.name == who.user

    def _written(
        self, who: Who, yields: Yield, kind: str, place: str, names: frozenset[str]
    ) -> Iterator[Target]:
        """Yield who gets every permission, by writing the rules of a role that is bound to them."""
        for namespace, its_kind, its_name in self._bound_roles(who):
            role = self._roles.get(f"{its_kind}/{namespace if its_kind == 'Role' else ''}/{its_name}")
            is_aggregated = isinstance(role, ClusterRole) and bool(role.selectors)
            if yields is Yield.RULES_OF_AGGREGATED_ROLE:
                if is_aggregated:
                    yield self._with(who, ANY_ROLE, namespace)
                continue
            is_here = kind == "ClusterRole" or place in ("", namespace)
            counts = role is None if yields is Yield.RULES_OF_MISSING_ROLE else role and not is_aggregated
            if its_kind == kind and is_here and names & {"", its_name} and counts:
                yield self._with(who, ANY_ROLE, namespace)

    def _bound_roles(self, who: Who) -> Iterator[tuple[str, str, str]]:
        """Yield where a role is bound to *who*, its kind and its name."""
        for binding in self._bindings:
            if self._is_bound(who, binding):
                yield binding.metadata.namespace, binding.role_ref.kind, binding.role_ref.name
        if who.role and who.role != ANY_ROLE:
            kind, _, name = who.role.split("/")
            yield who.place, kind, name


_ACCOUNTS = {
    Yield.ACCOUNT: FULL,
    Yield.SOME_ACCOUNT: FULL,
    Yield.API_ACCOUNT: API,
    Yield.SOME_API_ACCOUNT: API,
}
_REVIEWS = (
    ("authentication.k8s.io", "tokenreviews"),
    ("authorization.k8s.io", "subjectaccessreviews"),
)
_THINGS = {
    Yield.REVIEWS: "reviews",
    Yield.NODE: "node",
    Yield.CLUSTER: "cluster",
    Yield.CLOUD: "cloud",
}


def _covers(place: str, namespace: str) -> bool:
    return place in ("", namespace) or (place == EVERY and namespace != "")


def _as_somebody_else(mode: str, request: Request) -> Request:
    verb = f"impersonate-on:{mode}:{request.verb}"
    return Request(
        verb, request.group, request.resource, request.subresource, request.name, request.namespace
    )


def _names_type(rule: PolicyRule, group: str, resource: str) -> bool:
    resources = {"*", resource, f"*/{resource.partition('/')[2]}"}
    return bool({"*", group} & set(rule.api_groups) and resources & set(rule.resources))


def _role_key(role: KubernetesObject) -> str:
    return f"{role.kind}/{role.metadata.namespace}/{role.metadata.name}"


def _subjects(binding: RoleBinding | ClusterRoleBinding) -> Iterable[Principal]:
    known = (principal(subject, binding.metadata.namespace) for subject in binding.subjects or ())
    return [each for each in known if each]
