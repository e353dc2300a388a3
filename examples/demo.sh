#!/bin/sh
# The main commands on the embedded demo cluster: a small multi-user Kubeflow, no cluster needed.
set -eu
cd "$(dirname "$0")/.."

show() {
    printf '\n$ kubectl kfaccess %s\n' "$*"
    kubectl-kfaccess "$@"
}

show who-can create inferenceservices -n team-a --no-platform --demo
show who-can archive runs.pipelines.kubeflow.org -n team-a --no-platform --demo
show access alice@example.com --demo
show explain dave@example.com create inferenceservices -n team-a --demo
show aggregation kubeflow-pipelines-edit --demo
show check pipeline-runner --demo
show resources --calls --area notebooks
show profiles --demo
show review examples/reviews.yaml --demo
show whoami --demo --as alice@example.com -n team-a
show version --client
