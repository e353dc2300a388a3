"""
The sorts of findings about profiles: where a Profile, RBAC, the mesh and the dashboard do not agree.

What KFAM does is what kfam/bindings.go of kubeflow/kubeflow v1.10 does; the profile controller's part is in
profile_controller.go.
"""

from __future__ import annotations

from kubectl_kfaccess.findings.finding import FindingType, Severity

ERROR, WARNING = Severity.ERROR, Severity.WARNING

_HAND_OVER = (
    "set the annotation of the namespace first, for the profile controller stops where it is not the"
    " Profile's owner: `kubectl annotate namespace PROFILE owner=NEW --overwrite`. Then set `spec.owner` of"
    " the Profile: `kubectl patch profiles.kubeflow.org PROFILE --type=merge -p"
    """ '{"spec": {"owner": {"name": "NEW"}}}'`. Annotations of `namespaceAdmin` are not mended by the"""
    " controller: delete that binding, it is made again."
)

BINDING_WITHOUT_POLICY = FindingType(
    "profile-binding-without-policy",
    WARNING,
    "A RoleBinding of the profile gives a user one of Kubeflow's roles, and no AuthorizationPolicy lets the"
    " user reach the workloads of the namespace.",
    "The user can work with kubectl and in the pipelines, but notebooks and other pages that are served from"
    " the namespace answer `RBAC: access denied`. The dashboard cannot remove such a contributor either: it"
    " looks for both objects first.",
    "Add the policy that the dashboard writes beside such a binding: `kubectl kfaccess explain USER get"
    " notebooks -n PROFILE -o fix` prints both. Or take the contributor out and add them in the dashboard.",
)
POLICY_WITHOUT_BINDING = FindingType(
    "profile-policy-without-binding",
    WARNING,
    "An AuthorizationPolicy of the profile lets a user in whom no RoleBinding of the namespace names.",
    "The user reaches notebooks and model servers there by their address, though nobody sees the user among"
    " the contributors. Often it was left behind when somebody deleted the RoleBinding with kubectl.",
    "If the user should have no access, delete the policy: `kubectl delete authorizationpolicy NAME -n"
    " PROFILE`. Else add the contributor in the dashboard.",
)
ANNOTATION_USER_DIFFERS = FindingType(
    "profile-annotation-user-differs",
    ERROR,
    "The annotation `user` of a RoleBinding is not the name of its subject.",
    "The dashboard offers the profile to the user of the annotation, who is refused everything in it; the"
    " subject has the access, and finds no such profile in the dashboard.",
    "Decide who is meant, delete the RoleBinding and the AuthorizationPolicy of that name, and add the"
    " contributor in the dashboard anew: subjects can be edited by hand, but then the annotation has to be"
    " edited with them.",
)
ANNOTATION_ROLE_DIFFERS = FindingType(
    "profile-annotation-role-differs",
    ERROR,
    "The annotation `role` of a RoleBinding is not the role that the binding grants.",
    "Access is what the binding grants, and the dashboard shows that; whoever lists contributors by role gets"
    " them by the annotation. So somebody has more or less power than a list says.",
    "A binding's role cannot be changed. Delete the RoleBinding and the AuthorizationPolicy of that name, and"
    " add the contributor with the role that is meant.",
)
BINDING_SUBJECT_COUNT = FindingType(
    "profile-binding-subject-count",
    ERROR,
    "A RoleBinding with the annotations `user` and `role` has no subject, or more than one.",
    "Kubeflow's access management gives up at such a binding: every list that it is part of fails with"
    " `binding subject length not equal to 1`. Nobody sees the contributors of this profile any more, no"
    " administrator the list of all profiles, and the user of the annotation has no namespace at all.",
    "Delete the binding, or take the annotations away: `kubectl annotate rolebinding NAME -n PROFILE user-"
    " role-`. Bind each contributor by a RoleBinding of their own.",
)
CONTRIBUTOR_INVISIBLE = FindingType(
    "profile-contributor-invisible",
    WARNING,
    "A RoleBinding gives a user one of Kubeflow's roles, and lacks the annotations `user` and `role`.",
    "The access is real, with kubectl and in Kubeflow's services. But the dashboard neither offers the"
    " profile to the user nor shows the user to the owner, who cannot take the access away there.",
    "Add the contributor in the dashboard and delete this binding. Or annotate it with the subject's name and"
    " with the role: `kubectl annotate rolebinding NAME -n PROFILE user=USER role=edit`.",
)
FOREIGN_ROLE = FindingType(
    "profile-foreign-role",
    WARNING,
    "A RoleBinding gives people in the profile a role that is not one of Kubeflow's.",
    "The dashboard cannot show it. Kubernetes' own `edit` and `view` know neither pipelines nor model"
    " servers, while `admin` and custom roles may grant what no contributor should have.",
    "See what it grants with `kubectl kfaccess access SUBJECT -n PROFILE`. Where `kubeflow-edit` or"
    " `kubeflow-view` would do, bind that one instead.",
)
ROLE_MISSING = FindingType(
    "profile-role-missing",
    ERROR,
    "A RoleBinding of the profile refers to a role that is not there.",
    "It grants nothing, whatever it looks like. Whoever may create a role of that name decides what its"
    " subjects get.",
    "Install the role again, or delete the binding: `kubectl delete rolebinding NAME -n PROFILE`. A binding"
    " cannot be given another role.",
)
FOREIGN_ACCOUNT = FindingType(
    "profile-foreign-account",
    WARNING,
    "A RoleBinding of the profile names service accounts of another namespace, which is not the platform's.",
    "Everybody who may run pods, notebooks or pipelines over there can act as these accounts, and so has this"
    " access too. The owner of this profile has no say in who that is.",
    "If it is not meant, delete the binding. If it is, bind a role that grants as little as the purpose"
    " needs, to one account that nothing else runs as.",
)
NAME_COLLISION = FindingType(
    "profile-name-collision",
    WARNING,
    "Two users' names differ only in characters that Kubeflow leaves out when it names a binding, as"
    " `a.b@example.com` and `a-b@example.com`.",
    "With the same role in the same profile both would have one RoleBinding: adding the second fails in the"
    " dashboard with `already exists`, and removing either removes the one that is there.",
    "Give the second user access by a RoleBinding and an AuthorizationPolicy of another name, with the"
    " annotations `user` and `role`.",
)
OWNER_SPELLING = FindingType(
    "profile-owner-spelling",
    WARNING,
    "The owner or a contributor is spelled with capital letters, or otherwise than the same name elsewhere.",
    "Names are compared letter by letter, by Kubernetes, by the mesh and by the dashboard. If the identity"
    " provider hands out another spelling, that person is refused everything.",
    "Find out how the provider spells the name: it is the header that the gateway sets, which the dashboard"
    " shows. `kubectl kfaccess explain NAME get notebooks -n PROFILE -o fix`, NAME in that spelling, prints"
    " what to apply. By hand: take a contributor out before you add them anew, for both spellings have one"
    f" binding's name. For an owner, {_HAND_OVER}",
)
GROUP_OWNER = FindingType(
    "profile-group-owner",
    WARNING,
    "The owner of the profile is a group.",
    "Its members have full access with kubectl, and none in the dashboard, in pipelines and in notebooks:"
    " Kubeflow's services and the mesh compare the owner with the name of the user alone. Nobody can add"
    " contributors in the dashboard.",
    "Make one person the owner, and the members contributors. For kubectl alone a RoleBinding of the group is"
    " enough.",
)
GROUP_CONTRIBUTOR = FindingType(
    "profile-group-contributor",
    WARNING,
    "A RoleBinding gives a group one of Kubeflow's roles in the profile.",
    "It counts with kubectl and inside notebooks that use the members' own credentials. Kubeflow's services"
    " ask about the user's name alone, and the mesh knows no groups, so the members have no access there.",
    "Add the members one by one as contributors, if they are to use Kubeflow's pages.",
)
OWNER_DIFFERS = FindingType(
    "profile-owner-differs",
    ERROR,
    "The Profile, the annotation `owner` of its namespace, the RoleBinding `namespaceAdmin` and the"
    " AuthorizationPolicy `ns-owner-access-istio` do not agree on who the owner is.",
    "Where the namespace's annotation is another one than the Profile's owner, the profile controller stops"
    " before it changes anything: the former owner keeps the access, and the new one has none.",
    f"To hand the profile over, {_HAND_OVER}",
)
NAMESPACE_MISSING = FindingType(
    "profile-namespace-missing",
    ERROR,
    "There is a Profile, and no namespace of its name.",
    "Nobody can work in it. The profile controller has not run, or could not make the namespace.",
    "Read the Profile's conditions (`kubectl get profile NAME -o yaml`) and the log of Deployment"
    " `profiles-deployment` in namespace `kubeflow`.",
)
ACCOUNT_MISSING = FindingType(
    "profile-account-missing",
    ERROR,
    "The profile lacks one of the service accounts `default-editor` and `default-viewer`, or the RoleBinding"
    " that gives it `kubeflow-edit` or `kubeflow-view`.",
    "Notebooks and pipelines run as `default-editor`: without the account their pods do not start, and"
    " without the binding they are refused everything.",
    "The profile controller makes both again when it next sees the Profile: restart it with `kubectl rollout"
    " restart deployment profiles-deployment -n kubeflow`, and read its log if they do not come back.",
)
DANGLING_ACCOUNT = FindingType(
    "profile-dangling-account",
    WARNING,
    "The owner of the profile, or a subject of one of its RoleBindings, is a service account that does not"
    " exist. It is judged where the accounts of that namespace could be read; `default-editor` and"
    " `default-viewer` have a finding of their own.",
    "Nobody can use this access now, and the API server grants it by the name alone: whoever may create"
    " service accounts in that namespace makes one of the name and has it, in the owner's case the whole"
    " profile.",
    "Create the account, if it was forgotten: `kubectl create serviceaccount NAME -n NAMESPACE`. Else delete"
    " the binding, or make somebody else the owner.",
)
CLOUD_IDENTITY = FindingType(
    "profile-cloud-identity",
    WARNING,
    "A service account of the profile is somebody to a cloud provider, and people beside the owner may create"
    " pods in the namespace.",
    "Whoever may create a pod chooses the account that it runs as. So each of these people has what the cloud"
    " provider grants to that identity, in no audit log under their own name.",
    "Grant the identity no more than every contributor may have. Or keep it in a profile of its own, without"
    " contributors.",
)

TYPES = (
    BINDING_WITHOUT_POLICY,
    POLICY_WITHOUT_BINDING,
    ANNOTATION_USER_DIFFERS,
    ANNOTATION_ROLE_DIFFERS,
    BINDING_SUBJECT_COUNT,
    CONTRIBUTOR_INVISIBLE,
    FOREIGN_ROLE,
    ROLE_MISSING,
    FOREIGN_ACCOUNT,
    NAME_COLLISION,
    OWNER_SPELLING,
    GROUP_OWNER,
    GROUP_CONTRIBUTOR,
    OWNER_DIFFERS,
    NAMESPACE_MISSING,
    ACCOUNT_MISSING,
    DANGLING_ACCOUNT,
    CLOUD_IDENTITY,
)
