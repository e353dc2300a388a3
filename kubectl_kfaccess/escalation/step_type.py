"""What a type of step is: what it needs, what it yields, and what vouches for it, as data."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from itertools import product

from msgspec import Struct

from kubectl_kfaccess.kubeflow.versions import Versions
from kubectl_kfaccess.rbac.known_subjects import Plane
from kubectl_kfaccess.rbac.kubernetes_version import KubernetesVersion
from kubectl_kfaccess.rbac.rules import Request


class Proof(enum.Enum):
    """
    What vouches for a step.

    The API server's own decision, the code of a controller or webhook, or a condition that cannot be read: a
    step with a condition makes what it reaches possible, never proved.
    """

    API_SERVER = "api-server"
    CONTROLLER = "controller"
    CONDITION = "condition"


class Yield(enum.Enum):
    """What a step gives to those who take it. The value is its explanation in the documentation."""

    CODE = "code that runs in the namespace, as any of its service accounts"
    CODE_AS = "code that runs in the namespace, as the service account that the need names"
    DEFAULT_CODE = "code that runs in the namespace, as the default service account of pipelines"
    WORKSPACE_CODE = "code that runs in the namespace, as a service account of the workspace's own"
    ACCOUNT = "the service account"
    SOME_ACCOUNT = "a service account of the namespace"
    API_ACCOUNT = "the service account, for the API server"
    SOME_API_ACCOUNT = "a service account of the namespace, for the API server"
    ABSENT_ACCOUNT = "a service account that does not exist and that bindings name"
    LOST_ACCOUNT = "a service account that bindings name, of a namespace that does not exist"
    USER = "the user, for requests to the API server"
    GROUP = "the group, for requests to the API server"
    IMPERSONATED_ACCOUNT = "the service account, for requests to the API server"
    LIMITED_USER = "what both the user and `impersonate-on:user-info:VERB` are allowed"
    LIMITED_ACCOUNT = "what both the service account and `impersonate-on:serviceaccount:VERB` are allowed"
    ANYONE = "every user and every group but `system:masters`, for the API server"
    ROLE = "the permissions of the role"
    ROLE_OF_BINDING = "the permissions of the role of an existing binding"
    RULES_OF_BOUND_ROLE = "every permission, where the role is bound to the subject"
    RULES_OF_MISSING_ROLE = "every permission, where a binding gives the subject a role that does not exist"
    RULES_OF_AGGREGATED_ROLE = "every permission, where an aggregated ClusterRole is bound to the subject"
    ANY_RULES = "every permission in the namespace"
    PROFILE_ADMIN = "the ClusterRole `kubeflow-admin` in the namespace"
    DATA = "what Secrets and ConfigMaps of the namespace contain"
    REVIEWS = "TokenReviews and SubjectAccessReviews in the whole cluster"
    NODE = "a node, and everything that runs on it"
    CLUSTER = "every permission in the cluster"
    CLOUD = "an identity of the cloud, outside of the cluster"


class Name(enum.Enum):
    """Which name the requests of a need have."""

    ANY = "any object: the subject chooses it"
    YIELDED = "the name of what the step yields"
    NAMESPACE = "the name of the namespace"
    NONE = "none: the request is about a collection"


class Need(Struct, frozen=True):
    """
    Any one of *verbs* on one resource, in the namespace, or in the whole cluster if *cluster*.

    *name* is the name in the requests, or how it is chosen. A POST has none, whatever *name* says, unless
    *posts_name*: the services of pipelines put the name of what they create into their reviews. With
    *applies*, creating counts only by server-side apply, whose request has a name.
    """

    verbs: tuple[str, ...]
    group: str
    resource: str
    subresource: str = ""
    name: Name | str = Name.ANY
    cluster: bool = False
    plane: Plane = Plane.KUBECTL
    posts_name: bool = False
    applies: bool = False

    def lacks_name(self, verb: str) -> bool:
        """Whether a request with *verb* has no name, so that rules with resourceNames never allow it."""
        is_post = verb == "create" and not self.subresource and not self.posts_name
        return is_post or verb == "deletecollection" or self.name is Name.NONE

    def alternatives(self, namespace: str, name: str) -> Iterator[tuple[Request, ...]]:
        """
        Yield the requests of which one tuple is enough, all of it; *name* is the object that is chosen.

        Server-side apply creates an object under its name, which needs `create` and `patch` with the name
        (apiserver: withAuthorization in pkg/endpoints/handlers/update.go). So both verbs with resourceNames
        are enough to create.
        """
        is_namespace = self.name is Name.NAMESPACE
        target = self.name if isinstance(self.name, str) else namespace if is_namespace else name
        for verb in () if self.applies else self.verbs:
            yield (self.request(verb, namespace, "" if self.lacks_name(verb) else target),)
        if self.is_created and target:
            yield tuple(self.request(verb, namespace, target) for verb in ("create", "patch"))

    @property
    def is_created(self) -> bool:
        """Whether creating an object is enough, which server-side apply does with the object's name."""
        is_object = not self.subresource and self.plane is Plane.KUBECTL
        return "create" in self.verbs and is_object and self.name is not Name.NONE

    def request(self, verb: str, namespace: str, name: str) -> Request:
        """Return the request with *verb* for an object of that name."""
        place = "" if self.cluster else namespace
        return Request(verb, self.group, self.resource, self.subresource, name, place)


class Way(Struct, frozen=True):
    """
    A way to take a step: all of *needs*.

    *noun* says what is created or used, in the plural. *kind* is the (group, name) of a custom resource that
    must be installed, *field* the field of it that names the account. *since* and *until* are versions of
    Kubernetes, inclusive; *releases* those of Kubeflow Pipelines, if pipelines are needed. With *runs_code*,
    the subject must be able to run code in the namespace as well, or get a token there. *namespace* is the
    only namespace that counts, "" if all do. The other fields replace those of the step.
    """

    noun: str
    needs: tuple[Need, ...]
    kind: tuple[str, str] | None = None
    field: str = ""
    since: KubernetesVersion | None = None
    until: KubernetesVersion | None = None
    releases: Versions | None = None
    runs_code: bool = False
    namespace: str = ""
    yields: Yield | None = None
    proof: Proof | None = None
    condition: str = ""
    source: str = ""

    def requests(self, namespace: str, name: str = "", chosen: str = "") -> Iterator[tuple[Request, ...]]:
        """
        Yield the sets of requests of which one set is enough, all of it, in *namespace*.

        *name* is that of what the way yields, *chosen* that of any other object.
        """
        names = [name if need.name is Name.YIELDED else chosen for need in self.needs]
        each = [[*need.alternatives(namespace, own)] for need, own in zip(self.needs, names, strict=True)]
        for parts in product(*each):
            yield tuple(dict.fromkeys(request for part in parts for request in part))

    def is_in(self, version: KubernetesVersion) -> bool:
        """Whether a server of *version* has this way."""
        is_since = self.since is None or self.since <= version
        return is_since and (self.until is None or version <= self.until)


WRITE = ("create", "patch", "update")
CHANGE = ("patch", "update")


def kind(
    group: str,
    resource: str,
    field: str,
    *,
    noun: str = "",
    verbs: tuple[str, ...] = WRITE,
) -> Way:
    """Return the way of writing objects of a custom resource, whose *field* names the account."""
    return Way(noun or resource, (Need(verbs, group, resource),), (group, resource), field)


class StepType(Struct, frozen=True):
    """
    A type of step. Its *id* never changes.

    *can* says what the subject can do, with `{noun}`, `{where}` (` in NAMESPACE`) and `{target}`. *gives* is
    what follows from that. *condition* is what cannot be read, as the end of a sentence that begins with
    "if"; "" if there is none. *what* explains the step, *source* is the upstream file and function that was
    read, or the documentation.
    """

    id: str
    what: str
    can: str
    gives: str
    ways: tuple[Way, ...]
    yields: Yield
    proof: Proof
    source: str
    condition: str = ""
    note: str = ""

    def proof_of(self, way: Way) -> Proof:
        """Return what vouches for the step when it is taken by *way*."""
        return way.proof or self.proof

    def yield_of(self, way: Way) -> Yield:
        """Return what *way* gives."""
        return way.yields or self.yields

    def condition_of(self, way: Way) -> str:
        """Return the condition of *way*, "" if nothing but the code of others vouches for it."""
        is_condition = self.proof_of(way) is Proof.CONDITION
        return (way.condition or self.condition) if is_condition else ""

    def requests(
        self, namespace: str, name: str = "", version: KubernetesVersion | None = None, chosen: str = ""
    ) -> Iterator[tuple[Way, tuple[Request, ...]]]:
        """
        Yield each way that a server of *version* has, with each set of requests that is enough for it.

        *name* is the name of what the step yields, such as an account; *chosen* is that of objects that the
        subject chooses, the same unless it is given. Without a *version*, every way counts.
        """
        for way in self.ways:
            if version is None or way.is_in(version):
                yield from ((way, requests) for requests in way.requests(namespace, name, chosen or name))
