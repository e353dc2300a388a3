"""The gates outside of the cluster, as in `other_gates`: cloud IAM, object stores, registries, databases."""

from __future__ import annotations

import re

from kubectl_kfaccess.resolve.other_gates import NotRbac, pattern

OUTER_GATES: tuple[tuple[re.Pattern[str], NotRbac], ...] = (
    (
        pattern(r"AssumeRoleWithWebIdentity"),
        NotRbac(
            "AWS IAM: the role does not trust the pod's service account",
            (
                "the account's annotation `eks.amazonaws.com/role-arn` names the role: is it the right one?",
                "the role's trust policy has to name the cluster's OIDC provider, and as subject"
                " `system:serviceaccount:NAMESPACE:NAME` of the account that the pod runs as",
            ),
        ),
    ),
    (
        pattern(r"is not authorized to perform: (?P<name>[\w-]{1,60}:[\w*]{1,100})"),
        NotRbac(
            "AWS IAM: no policy lets this identity do that",
            (
                "the policies of the role in the text have to allow `{name}` on that resource, and none can"
                " deny it: change them in AWS",
                "if that is the node's role, the pod's service account does not have the annotation"
                " `eks.amazonaws.com/role-arn`",
            ),
        ),
    ),
    (
        pattern(
            r"does not have (?P<name>[a-zA-Z]{1,60}\.[\w.]{1,100}) (?:access|permission)"
            r"|Permission [`'\"]?(?P<permission>[a-zA-Z]{1,60}\.[\w.]{1,100})[`'\"]? denied on resource"
            r"|googleapi: Error 403|insufficient authentication scopes"
            r"|IAM_PERMISSION_DENIED|The caller does not have permission"
        ),
        NotRbac(
            "Google Cloud IAM: the Google account is missing a permission",
            (
                "grant the account in the text a role with that permission, on the bucket or the project:"
                " `gcloud projects add-iam-policy-binding`",
                "which account a pod has is set by the annotation `iam.gke.io/gcp-service-account` of its"
                " service account; without it, it is the node's",
            ),
        ),
    ),
    (
        pattern(
            r"AuthorizationPermissionMismatch|Authorization(?:Failed|Failure)\b"
            r"|Server failed to authenticate the request"
            r"|does not have authorization to perform action"
            r"|This request is not authorized to perform this operation"
            r"|does not have access to the resource in Azure"
        ),
        NotRbac(
            "Azure role assignments: the Azure identity is missing a role",
            (
                "assign it one on the storage account, the resource group or the cluster: `az role assignment"
                " create`; reading blobs needs `Storage Blob Data Reader`, `Owner` is not enough",
                "which identity a pod has is set by the annotation `azure.workload.identity/client-id` of its"
                " service account",
            ),
        ),
    ),
    (
        pattern(r"(?P<name>AADSTS\d{4,9})"),
        NotRbac(
            "Microsoft Entra ID: the login or the federated credential is not accepted",
            ("look the code `{name}` up in Microsoft's list: it comes before any question about access",),
        ),
    ),
    (
        pattern(
            r"AccessDenied\b(?<!api\x20error\x20AccessDenied)(?![^\n]{0,200}AssumeRole)"
            r"|Access\x20Denied\b(?<!RBAC:\x20Access\x20Denied)(?!: (?:Project|Dataset|Table))"
            r"|S3\b[^\n]{0,300}api error AccessDenied"
            r"|Amazon S3; Status Code: 403|AmazonS3Exception: Forbidden"
            r"|InvalidAccessKeyId|SignatureDoesNotMatch|Head(?:Object|Bucket)\b[^\n]{0,80}Forbidden"
        ),
        NotRbac(
            "the object store (S3, MinIO): it denies these keys the bucket or object",
            (
                "the keys are in a Secret, for pipelines `mlpipeline-minio-artifact` of the namespace: is it"
                " there, and still right?",
                "the bucket's policy has to let them read and write under that prefix; RBAC is not asked",
            ),
        ),
    ),
    (
        pattern(
            r"pull access denied|requested access to the resource is denied"
            r"|unauthorized: (?:authentication required|access to the requested resource)"
            r"|(?:failed to authorize|pulling from host)[^\n]{0,200}(?:401|403)"
        ),
        NotRbac(
            "the image registry: it does not let the node pull the image",
            (
                "is the name of the image right? A private one needs a Secret under `imagePullSecrets` of the"
                " pod or its service account",
            ),
        ),
    ),
    (
        pattern(r"Access denied for user '(?P<name>[^'\n]{0,100})'@"),
        NotRbac(
            "the database: it does not accept the user or the password",
            ("the password of `{name}` is in a Secret, for pipelines `mysql-secret`: RBAC is not asked",),
        ),
    ),
    (
        pattern(r"<(?:title|h1)>403 Forbidden</(?:title|h1)>"),
        NotRbac(
            "a web server in front: its own page says 403, and the service was not reached",
            ("log in through the browser again, or ask the people who run the gateway",),
        ),
    ),
)
