"""
The gates that refuse requests in place of RBAC: a pattern of their texts, a name, and what to do.

`{name}` in the advice becomes what the pattern's group `name` matches. Every repetition in a pattern is
bounded, because a text can hold anything.
"""

from __future__ import annotations

import re

from msgspec import Struct


class NotRbac(Struct, frozen=True):
    """
    What refused the request in place of RBAC, and lines of advice: what it means, where to look.

    Unless it is *certain*, the text hides who refused, and it can be RBAC.
    """

    what: str
    advice: tuple[str, ...]
    certain: bool = True


def pattern(text: str) -> re.Pattern[str]:
    """Return the compiled pattern, in which each blank matches any white space (at most 300 characters)."""
    return re.compile(text.replace(" ", r"(?:\s|\\{1,8}[nrt]){1,300}"), re.MULTILINE)


_NO_IDENTITY = NotRbac(
    "authentication: the service was not told who asks",
    (
        "a pod needs a token for the audience `pipelines.kubeflow.org`: the PodDefault `access-ml-pipeline`"
        ' of its namespace mounts one, for pods with the label `access-ml-pipeline: "true"`',
        "a browser or a script outside has to come through the gateway, after a login",
        "`kubectl get poddefaults -n NAMESPACE` shows whether the namespace has it",
    ),
)
MESH = NotRbac(
    "the mesh: an Istio AuthorizationPolicy keeps the caller out",
    (
        "the request did not reach the service: no role and no binding changes that",
        "ask `kubectl kfaccess explain SUBJECT - -n NAMESPACE` with this text: it says who is let in there",
        "`kubectl get authorizationpolicies -n NAMESPACE` lists the policies; those of `istio-system` hold"
        " in every namespace",
        "a contributor needs a policy beside the RoleBinding: the dashboard makes both",
    ),
)
GATES: tuple[tuple[re.Pattern[str], NotRbac], ...] = (
    (pattern(r"RBAC: access denied"), MESH),
    (
        pattern(
            r"there is no user identity header|user header not present|No user credentials were found"
            r"|Review\.Status\.Authenticated is false|User None is not authorized"
            r"|Pipeline upload authentication failed"
        ),
        _NO_IDENTITY,
    ),
    (
        # kubernetes: pkg/registry/core/pod/rest/subresources.go, Connect; the refusal has no reason
        pattern(r'pods "(?P<name>[\w.-]{1,253})" is forbidden:[\x20\t\r]{0,80}$'),
        NotRbac(
            "no reason in the text: it is cut off, or a stream to the pod needs `create`",
            (
                "since Kubernetes 1.35, exec, attach and port-forward over a websocket need `create` as well",
                "`kubectl kfaccess explain SUBJECT create pods/exec -n NAMESPACE` says what is missing",
            ),
        ),
    ),
    (
        pattern(r'serviceaccounts? "pipeline-runner" not found'),
        NotRbac(
            "the wrong default account: `pipeline-runner` is not in that namespace",
            (
                "runs in a profile use `default-editor`: leave the service account of the run empty, or name"
                " that one",
                "`pipeline-runner` is the account of a Kubeflow Pipelines without profiles, in its namespace",
            ),
        ),
    ),
    (
        pattern(r'serviceaccounts? "(?!pipeline-runner")(?P<name>[\w.:-]{1,253})" not found'),
        NotRbac(
            "a service account that does not exist",
            (
                "nothing in that namespace is called `{name}`, so no pod can run as it",
                "a namespace without `default-editor` was not made by a Profile, or the controller failed",
            ),
        ),
    ),
    (
        pattern(
            r"must be logged in to the server|asked for the client to provide credentials"
            r"|(?:[Rr]eason|[Mm]essage)\"?:\s{0,80}\"?Unauthorized\b(?! access)"
            r"|^[\x20\t]{0,80}(?:[Ee]rror:\s{1,80})?Unauthorized\.?[\x20\t\r]{0,80}$"
        ),
        NotRbac(
            "authentication: the API server did not take the credentials",
            (
                "the login has expired, or is one for another cluster: log in again",
                "`kubectl kfaccess whoami` shows who the server takes the caller for",
            ),
        ),
    ),
    (
        pattern(r'namespaces "(?P<name>[\w.-]{1,253})" not found'),
        NotRbac(
            "a namespace that does not exist",
            ("there is no namespace `{name}`: a profile's namespace has the profile's own name",),
        ),
    ),
    (
        pattern(r'admission webhook "(?P<name>[\w.:/-]{1,253})" denied the request'),
        NotRbac(
            "an admission webhook: the request was allowed, its object was not",
            (
                "what the webhook `{name}` objects to stands after the colon",
                "access does not matter to it: change the object, or ask who runs the webhook",
            ),
        ),
    ),
    (
        pattern(
            r"ValidatingAdmissionPolicy '(?P<name>[\w.-]{1,253})' with binding '[^']{1,253}' denied request"
        ),
        NotRbac(
            "an admission policy: the request was allowed, its object was not",
            ("what the policy `{name}` objects to stands after the colon: change the object",),
        ),
    ),
    (
        pattern(r"violates PodSecurity"),
        NotRbac(
            "pod security: the pod asks for more than its namespace admits",
            (
                "the label `pod-security.kubernetes.io/enforce` of the namespace sets the level",
                "what the pod asks for is after the level: change its security context",
            ),
        ),
    ),
    (
        pattern(r"(?:exceeded|failed) quota:"),
        NotRbac(
            "a quota: the namespace cannot use more",
            (
                "`kubectl describe resourcequotas -n NAMESPACE` shows what is used; a profile's is"
                " `kf-resource-quota`, set in the Profile",
                "under a quota every pod has to say what it requests",
            ),
        ),
    ),
    (
        pattern(r"attempting to grant RBAC permissions not currently held|attempt to grant extra privileges"),
        NotRbac(
            "the prevention of privilege escalation: nobody grants what they do not hold",
            (
                "RBAC allows the caller to write the role or binding, but not with what is in it; the"
                " missing permissions are after the colon",
                "somebody who holds all of it can apply the object; so can those who can `bind` the role (of"
                " a binding), or `escalate` it (of a role)",
                "those two verbs let their holder grant anything in it: ask an administrator instead",
            ),
        ),
    ),
    (
        pattern(r"unable to validate against any security context constraint"),
        NotRbac(
            "OpenShift's security context constraints (SCC): none that the account can use admits the pod",
            (
                "RBAC allowed the pod to be created: change its security context to what the text says after"
                " `provider`, or leave user and group ids out",
                "or an administrator lets the pod's service account use an SCC that fits:"
                " `oc adm policy add-scc-to-user SCC -z SERVICEACCOUNT -n NAMESPACE`",
                "`who-can use securitycontextconstraints/SCC -n NAMESPACE` lists who can use one",
            ),
        ),
    ),
    (
        pattern(
            r"unable to validate against any pod security policy"
            r"|PodSecurityPolicy: unable to (?:admit|validate)"
        ),
        NotRbac(
            "pod security policies, which Kubernetes had before 1.25: none that can be used admits the pod",
            (
                "RBAC allowed the pod to be created: its service account, or its creator, also needs"
                " the verb `use` on a `podsecuritypolicies.policy` that fits",
                "an empty list `[]` in the text means that they can use no policy at all",
            ),
        ),
    ),
    (
        pattern(r"in namespace (?P<name>[\w.-]{1,253}) because it is being terminated"),
        NotRbac(
            "a namespace that is being deleted: nothing can be created in it",
            (
                "`kubectl get namespace {name} -o yaml` shows under `status.conditions` what holds it up,"
                " often a finalizer",
                "wait until it is gone and create it again: no role and no binding changes that",
            ),
        ),
    ),
    (
        pattern(r"(?:maximum|minimum) [\w./-]{1,100} usage per (?:Container|Pod|PersistentVolumeClaim) is"),
        NotRbac(
            "a limit range: the namespace sets bounds for each pod, container or volume claim",
            ("`kubectl describe limitranges -n NAMESPACE` shows the bounds: request what is within them",),
        ),
    ),
    (
        pattern(r"pods with (?P<name>[\w.-]{1,253}) priorityClass is not permitted in"),
        NotRbac(
            "a quota on priority classes: the namespace cannot use this one",
            ("use another class than `{name}`, or add a ResourceQuota that names it to the namespace",),
        ),
    ),
    (
        pattern(r"failed calling webhook \"(?P<name>[\w.:/-]{1,253})\""),
        NotRbac(
            "an admission webhook that did not answer: the request was allowed, but could not be checked",
            (
                "the reason stands after the name: the service behind `{name}` is down, or its certificate"
                " is wrong",
                "access does not matter to it: ask the people who run the webhook",
            ),
        ),
    ),
    (
        pattern(r"cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set"),
        NotRbac(
            "the admission of owner references: the owner's finalizers are protected",
            (
                "RBAC allowed the object itself; OpenShift also asks for `update` on the subresource"
                " `finalizers` of the owner: ask `explain SUBJECT update TYPE/finalizers -n NAMESPACE`",
            ),
        ),
    ),
    (
        pattern(r"no relationship found between node '(?P<name>[\w.-]{1,253})' and this object"),
        NotRbac(
            "the node authorizer: a kubelet can read only what the pods on its node use",
            ("no pod on `{name}` uses that object: no role and no binding is meant for kubelets",),
        ),
    ),
    (
        pattern(
            r"node \"?(?P<name>[\w.-]{1,253})\"? (?:is not allowed to|can only)"
            r" (?:modify|create|update|delete|access)"
        ),
        NotRbac(
            "the admission of kubelets (NodeRestriction): they can change their own node and pods alone",
            ("let an administrator make the change: kubelets cannot, whatever RBAC says",),
        ),
    ),
    (
        pattern(r"unknown \((?P<name>[a-z]{1,40} [\w./-]{1,300})\)"),
        NotRbac(
            "something in front of the API server: its answer has no reason, as Kubernetes' own has",
            (
                "a proxy, a load balancer or a login page said no to `{name}`: RBAC was perhaps never asked",
                "`kubectl config view --minify` shows the server's address, `-v 8` the answer as it came",
            ),
        ),
    ),
    (
        pattern(
            r"Jwt (?:is missing|is expired|verification fails|issuer is not configured)"
            r"|Audiences in Jwt are not allowed"
        ),
        NotRbac(
            "the mesh: an Istio RequestAuthentication does not take the token",
            (
                "log in again, or send a token of the issuer and audience that it names",
                "`kubectl get requestauthentications -A` lists them: no role and no binding changes that",
            ),
        ),
    ),
    (
        pattern(
            r"requires? filtering by namespace|Invalid resource references for experiment"
            r"|[Nn]amespace (?:is|cannot be|can't be|should not be) (?:empty|required)[^\n]{0,80}multi-user"
        ),
        NotRbac(
            "the pipelines API: the call names no namespace",
            (
                "with profiles every call is about one namespace: pass the argument `namespace=`, or call"
                " `set_user_namespace` of the client once",
                "only then does the API ask whether the user can do it there",
            ),
        ),
    ),
    (
        pattern(r"error_code[\"']?:\s{0,9}[\"']?PERMISSION_DENIED"),
        NotRbac(
            "MLflow's own permissions: its users and their rights are in its database",
            ("an administrator of MLflow grants the right on the experiment or model: RBAC is not asked",),
        ),
    ),
    (
        pattern(r"Authorization error \(user="),
        NotRbac(
            "the kubelet or kube-rbac-proxy: it could not ask the API server whether the user can do it",
            (
                "its own account needs `create` on `subjectaccessreviews.authorization.k8s.io`, as the"
                " ClusterRole `system:auth-delegator` grants it; or the API server did not answer",
            ),
        ),
    ),
    (
        pattern(r"this namespace may not be deleted"),
        NotRbac(
            "the protection of Kubernetes' own namespaces: nobody can delete them",
            ("delete the objects in it instead: no role and no binding changes that",),
        ),
    ),
    (
        pattern(r"the server does not allow this method on the requested resource"),
        NotRbac(
            "a method that the resource does not have (405): RBAC allowed the request",
            ("`kubectl api-resources -o wide` lists the verbs of each resource",),
        ),
    ),
    (
        pattern(r"\[Errno 13\] Permission denied|/[^\s:]{1,300}: Permission denied$"),
        NotRbac(
            "the file system of the container: the process cannot read or write there",
            (
                "`fsGroup` and `runAsUser` in the pod's security context decide who owns a volume's files: no"
                " role and no binding changes that",
            ),
        ),
    ),
)
