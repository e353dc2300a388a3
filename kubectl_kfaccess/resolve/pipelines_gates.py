"""
Texts of the pipelines API that mean something else than they say, as in `other_gates`.

Each pattern matches the whole text, which holds the words of other gates. So these gates come first, and what
they match is taken out. Source: run_artifact_server.go and pipeline_upload_server.go of its apiserver.
"""

from __future__ import annotations

import re

from kubectl_kfaccess.resolve.other_gates import NotRbac, pattern

PIPELINES_GATES: tuple[tuple[re.Pattern[str], NotRbac], ...] = (
    (
        pattern(
            r"error_message[\"']?:\s{0,9}[\"']?Failed to authorize the request: Failed to access run "
            # up to the end of the object: `error_details` repeats the error, with a stack trace
            r"[^{}]{0,2000}?no user identity header[^{}]{0,20000}"
        ),
        NotRbac(
            "the pipelines API: since 2.15 its call for artifacts loses the caller's header, and refuses all",
            (
                "no role, token or login changes that: ReadArtifact cannot be called this way",
                "get the artifact from the pipelines pages, or from the object store itself",
            ),
        ),
    ),
    (
        pattern(
            r"(?:^[\x20\t]{0,80}|[\"'`:]\s{0,9})Failed to create a pipeline(?: version)?\.?"
            r"(?=[\"'`]|[\x20\t\r]{0,80}$)(?!\s{0,80}(?:and|due|version)\b)"
            # the details of a hidden refusal are the same text again
            r"(?:[\"']?,\s{0,9}[\"']?error_details[\"']?:\s{0,9}[\"']?"
            r"Failed to create a pipeline(?: version)?)?"
        ),
        NotRbac(
            "the upload of a pipeline: since 2.15 the pipelines API does not say why it refuses one",
            (
                "most likely the user cannot `create` `pipelines` in the namespace of the pipeline; a version"
                " belongs to its pipeline's namespace",
                "ask `kubectl kfaccess explain SUBJECT create pipelines.pipelines.kubeflow.org -n NAMESPACE`",
                "if that says yes, the file cannot be read, or there is a version of that name already: the"
                " log of the Deployment `ml-pipeline` has the reason",
            ),
            certain=False,
        ),
    ),
)
