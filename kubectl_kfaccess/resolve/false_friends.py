"""Words that people type for a verb or a type, and that Kubernetes calls otherwise."""

from __future__ import annotations

_READ = ("get", "list", "watch")
_CHANGE = ("update", "patch")

VERBS = {
    **dict.fromkeys(("read", "view", "see", "describe", "inspect"), _READ),
    **dict.fromkeys(("show", "search", "query", "find", "browse"), ("get", "list")),
    **dict.fromkeys(("download", "fetch", "open"), ("get",)),
    **dict.fromkeys(("deploy", "run", "add", "submit", "post", "upload", "start", "launch"), ("create",)),
    **dict.fromkeys(("new", "make", "install", "schedule", "train", "serve"), ("create",)),
    **dict.fromkeys(("write", "manage"), ("create", *_CHANGE, "delete")),
    **dict.fromkeys(("edit", "modify", "change", "apply"), ("get", *_CHANGE)),
    **dict.fromkeys(("put", "replace", "set"), ("update",)),
    **dict.fromkeys(("rename", "stop", "restart", "pause", "resume", "suspend"), _CHANGE),
    **dict.fromkeys(("label", "annotate", "taint", "cordon", "rollout", "autoscale"), ("patch",)),
    **dict.fromkeys(("remove", "rm", "destroy", "drop", "kill", "erase", "uninstall"), ("delete",)),
    **dict.fromkeys(("all", "any", "admin", "everything", "access"), ("*",)),
}
"""The verbs that each word stands for; a word that a rule names is a verb all the same."""

TYPES = {
    **dict.fromkeys(("model", "models", "predictor", "predictors"), "to deploy a model is "
                    "`create inferenceservices`"),
    **dict.fromkeys(("jupyter", "server", "servers", "notebookserver", "notebookservers"),
                    "the server of a notebook is one of `notebooks`"),
    **dict.fromkeys(("tenant", "tenants"), "a tenant is one of `profiles`"),
    **dict.fromkeys(("contributor", "contributors", "share", "shares"),
                    "to share a profile is `create rolebindings`"),
    **dict.fromkeys(("permission", "permissions", "access"), "permissions are in `roles` and `clusterroles`"),
    **dict.fromkeys(("account", "accounts"), "the accounts of programs are `serviceaccounts`"),
    **dict.fromkeys(("log", "logs"), "to read the logs of a pod is `get pods/log`"),
    **dict.fromkeys(("exec", "shell"), "to open a shell in a pod is `create pods/exec`"),
    **dict.fromkeys(("port-forward", "portforward"), "to forward a port is `create pods/portforward`"),
    "token": "to make a token is `create serviceaccounts/token`",
    "all": "`all` is a category of kubectl, and no type: name the types",
}  # fmt: skip
"""What to ask instead of each word."""
