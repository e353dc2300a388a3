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
    ACCOUNT = "the service account that the need names"
    SOME_ACCOUNT = "a service account of the namespace, if the condition holds"
    USER = "the user that the need names, for requests to the API server"
    GROUP = "the group that the need names, for requests to the API server"
    IMPERSONATED_ACCOUNT = "the service account that the need names, for requests to the API server"
    LIMITED_USER = "what both the user and `impersonate-on:user-info:VERB` are allowed"
    LIMITED_ACCOUNT = "what both the service account and `impersonate-on:serviceaccount:VERB` are allowed"
    ANYONE = "every user and every group but `system:masters`, by a client certificate"
    ROLE = "the role that the need names"
    ANY_RULES = "every permission where the role is bound to the subject"
    ABSENT_ACCOUNT = "a service account that bindings name and that does not exist"
    NAMESPACE_ROLE = "the role `kubeflow-admin` in the namespace"
    DATA = "what Secrets and ConfigMaps of the namespace contain"
    REVIEWS = "TokenReviews and SubjectAccessReviews in the whole cluster"
    NODE = "a node, and so everything that runs on it"
    CLUSTER = "the whole cluster"
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
    *posts_name*: the services of pipelines put the name of what they create into their reviews.
    """

    verbs: tuple[str, ...]
    group: str
    resource: str
    subresource: str = ""
    name: Name | str = Name.ANY
    cluster: bool = False
    plane: Plane = Plane.KUBECTL
    posts_name: bool = False

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
        target = self.name if isinstance(self.name, str) else namespace if self._is_namespace else name
        for verb in self.verbs:
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
        place = "" if self.cluster and not self._is_namespace else namespace
        return Request(verb, self.group, self.resource, self.subresource, name, place)

    @property
    def _is_namespace(self) -> bool:
        return self.name is Name.NAMESPACE


class Way(Struct, frozen=True):
    """
    A way to take a step: all of *needs*.

    *noun* says what is created or used, in the plural. *kind* is the (group, name) of a custom resource that
    must be installed, *field* the field of it that names the account. *since* and *until* are versions of
    Kubernetes, inclusive; *releases* those of Kubeflow Pipelines, if pipelines are needed. The other fields
    replace those of the step: *yields*, *proof*, *condition*, *source*.
    """

    noun: str
    needs: tuple[Need, ...]
    kind: tuple[str, str] | None = None
    field: str = ""
    since: KubernetesVersion | None = None
    until: KubernetesVersion | None = None
    releases: Versions | None = None
    yields: Yield | None = None
    proof: Proof | None = None
    condition: str = ""
    source: str = ""
    can: str = ""

    def requests(self, namespace: str, name: str = "") -> Iterator[tuple[Request, ...]]:
        """Yield the sets of requests of which one set is enough, all of it, in *namespace* for *name*."""
        chosen = [[*need.alternatives(namespace, name)] for need in self.needs]
        for parts in product(*chosen):
            yield tuple(dict.fromkeys(request for part in parts for request in part))

    def is_in(self, version: KubernetesVersion) -> bool:
        """Whether a server of *version* has this way."""
        is_since = self.since is None or self.since <= version
        return is_since and (self.until is None or version <= self.until)


class StepType(Struct, frozen=True):
    """
    A type of step. Its *id* never changes.

    *can* says what the subject can do, with `{noun}` and `{where}` (` in NAMESPACE`); *gives* is what
    follows, with `{target}`. *condition* is what cannot be read, as the end of a sentence with "if"; "" if
    there is none. *what* explains the step, *source* is the upstream file and function that was read, or the
    documentation.
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
        """Return the condition of *way*, "" if there is none."""
        return way.condition or (self.condition if self.proof_of(way) is Proof.CONDITION else "")

    def requests(
        self, namespace: str, name: str = "", version: KubernetesVersion | None = None
    ) -> Iterator[tuple[Way, tuple[Request, ...]]]:
        """
        Yield each way that a server of *version* has, with each set of requests that is enough for it.

        *name* is the name of what the step yields, such as an account, and of objects that the subject
        chooses. Without a *version*, every way counts.
        """
        for way in self.ways:
            if version is None or way.is_in(version):
                yield from ((way, requests) for requests in way.requests(namespace, name))
