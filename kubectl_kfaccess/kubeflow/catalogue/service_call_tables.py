"""
What the services of pipelines check before they serve a call, as tables that `service_calls` reads.

A section `[SERVICE PATH RESOURCE RELEASES]` contains what its rows share. A row is the name of the call, its
HTTP method, the rest of its path (`.`: none), the verb of the access review (`-`: nothing is checked; `!`:
nothing is checked and everybody is refused; `owner`: no review, the service itself lets the owner of the
profile through, and its own administrators), and whatever differs from the section: the resource, the
releases, and these words:

- `+cluster`: the review has no namespace, which the catalogue does not say of the resource
- `+name`: the review has the name of the object, so that a rule with resourceNames can allow the call
- `x2`: the call sends the same review twice
- `each:metric`: the call sends one review for each metric in it
- `=400`: the HTTP status of a refusal, if it is not 403 (`=404`: a call that is described and not served)

Releases are `A..B`, both inclusive; either can be left out, and `..` means all releases. A release between
two that were read counts as the earlier one. A resource without a dot is in the service's own group, and
`secrets.` is in the core group. A line that starts with `#` is a note on the row above it. A call with two
checks has two rows.
"""

from __future__ import annotations

NEXT = "2.17.1"
"""Changes merged after 2.17.0, the newest release that we know, are assumed to apply from this release on."""

# Taken from kubeflow/pipelines 1.8.0 to 2.17.0: backend/api/*/*.proto,
# backend/src/apiserver/{main,server/*}.go. The names are those of 2.0 and later: before that, the calls below
# /apis/v1beta1 did not end in `V1`.
PIPELINES_API = """
[RunService /apis/v2beta1/runs runs 2.0.0..]
CreateRun     POST    .                    create
CreateRun     POST    .                    use        serviceaccounts.  2.17.1..  +name
# when the run names an account that is not the default one
GetRun        GET     /{run_id}            get        +name
ListRuns      GET     .                    list
ArchiveRun    POST    /{run_id}:archive    archive    +name
UnarchiveRun  POST    /{run_id}:unarchive  unarchive  +name
DeleteRun     DELETE  /{run_id}            delete     +name
TerminateRun  POST    /{run_id}:terminate  terminate  +name
RetryRun      POST    /{run_id}:retry      retry      +name
[RunService /apis/v2beta1/runs/{run_id}/nodes/{node_id}/artifacts runs 2.0.0..2.14.4]
ReadArtifact  GET  /{artifact_name}:read  readArtifact  +name
[RunArtifactServer /apis/v2beta1/runs/{run_id}/nodes/{node_id}/artifacts runs 2.15.0..]
ReadArtifact  GET  /{artifact_name}:read  !
# nobody can: the server loses the header and the token, and answers that there is no user identity
[RunService /apis/v1beta1/runs runs ..]
CreateRunV1         POST    .                        create         ..2.0.0-alpha.7        +name
CreateRunV1         POST    .                        create         2.0.0..
CreateRunV1         POST    .                        use            serviceaccounts.  2.17.1..  +name
# when the run names an account that is not the default one
GetRunV1            GET     /{run_id}                get            +name
ListRunsV1          GET     .                        list
ArchiveRunV1        POST    /{id}:archive            archive        +name
UnarchiveRunV1      POST    /{id}:unarchive          unarchive      +name
DeleteRunV1         DELETE  /{id}                    delete         +name
TerminateRunV1      POST    /{run_id}/terminate      terminate      +name
RetryRunV1          POST    /{run_id}/retry          retry          +name
ReportRunMetricsV1  POST    /{run_id}:reportMetrics  -              ..2.0.0-alpha.3
ReportRunMetricsV1  POST    /{run_id}:reportMetrics  reportMetrics  2.0.0-alpha.4..2.14.4  +name
# the pages do not pass it on: it is for the persistence agent
ReportRunMetricsV1  POST    /{run_id}:reportMetrics  reportMetrics  2.15.0..               +name  each:metric
# the pages do not pass it on: it is for the persistence agent; without metrics nothing is checked
[RunService /apis/v1beta1/runs/{run_id}/nodes/{node_id}/artifacts runs ..]
ReadArtifactV1  GET  /{artifact_name}:read  -             ..2.0.0-alpha.3
ReadArtifactV1  GET  /{artifact_name}:read  readArtifact  2.0.0-alpha.4..2.14.4  +name
[RunArtifactServer /apis/v1beta1/runs/{run_id}/nodes/{node_id}/artifacts runs 2.15.0..]
ReadArtifactV1  GET  /{artifact_name}:read  !
# nobody can: the server loses the header and the token, and answers that there is no user identity
[RunLogServer /apis/v1alpha1/runs - ..]
ReadRunLogV1  GET  /{run_id}/nodes/{node_id}/log  -
# the log of a step, for anyone who knows the run and the node
[TaskService /apis/v1alpha1/tasks - ..]
CreateTaskV1  POST  .  -
ListTasksV1   GET   .  -
[RecurringRunService /apis/v2beta1/recurringruns jobs 2.0.0..]
CreateRecurringRun   POST    .                            create   +name
CreateRecurringRun   POST    .                            use      serviceaccounts.  2.17.1..  +name
# when the recurring run names an account that is not the default one
GetRecurringRun      GET     /{recurring_run_id}          get      +name
ListRecurringRuns    GET     .                            list
EnableRecurringRun   POST    /{recurring_run_id}:enable   enable   +name
DisableRecurringRun  POST    /{recurring_run_id}:disable  disable  +name
DeleteRecurringRun   DELETE  /{recurring_run_id}          delete   +name
[JobService /apis/v1beta1/jobs jobs ..]
CreateJob   POST    .              create   +name
CreateJob   POST    .              use      serviceaccounts.  2.17.1..  +name
# when the recurring run names an account that is not the default one
GetJob      GET     /{id}          get      +name
ListJobs    GET     .              list
EnableJob   POST    /{id}/enable   enable   +name
DisableJob  POST    /{id}/disable  disable  +name
DeleteJob   DELETE  /{id}          delete   +name
[ExperimentService /apis/v2beta1/experiments experiments 2.0.0..]
CreateExperiment     POST    .                           create     +name
GetExperiment        GET     /{experiment_id}            get        +name
ListExperiments      GET     .                           list
ArchiveExperiment    POST    /{experiment_id}:archive    archive    +name
UnarchiveExperiment  POST    /{experiment_id}:unarchive  unarchive  +name
DeleteExperiment     DELETE  /{experiment_id}            delete     +name
[ExperimentService /apis/v1beta1/experiments experiments ..]
CreateExperimentV1     POST    .                create     +name
GetExperimentV1        GET     /{id}            get        +name
ListExperimentsV1      GET     .                list
ArchiveExperimentV1    POST    /{id}:archive    archive    +name
UnarchiveExperimentV1  POST    /{id}:unarchive  unarchive  +name
DeleteExperimentV1     DELETE  /{id}            delete     +name
[PipelineService /apis/v2beta1/pipelines pipelines 2.0.0..]
CreatePipeline            POST    .                                              create  +name
CreatePipelineAndVersion  POST    /create                                        create  +name
GetPipeline               GET     /{pipeline_id}                                 get     +name
GetPipelineByName         GET     /names/{name}                                  get     +name
ListPipelines             GET     .                                              list
UpdatePipeline            PATCH   /{pipeline_id}                                 update  2.17.0..  +name
DeletePipeline            DELETE  /{pipeline_id}                                 delete  +name
CreatePipelineVersion     POST    /{pipeline_id}/versions                        create  +name
# a version is checked as its pipeline
GetPipelineVersion        GET     /{pipeline_id}/versions/{pipeline_version_id}  get     +name
# a version is checked as its pipeline
ListPipelineVersions      GET     /{pipeline_id}/versions                        list
# a version is checked as its pipeline
UpdatePipelineVersion     PATCH   /{pipeline_id}/versions/{pipeline_version_id}  update  2.17.0..  +name
# a version is checked as its pipeline
DeletePipelineVersion     DELETE  /{pipeline_id}/versions/{pipeline_version_id}  delete  +name
# a version is checked as its pipeline
[PipelineUploadServer /apis/v2beta1/pipelines pipelines 2.0.0..]
UploadPipeline         POST  /upload          create  2.0.0..2.14.4  =400
# without a namespace nothing is checked
UploadPipeline         POST  /upload          create  2.15.0..       =400
# without a namespace nothing is checked; a refusal hides its reason
UploadPipelineVersion  POST  /upload_version  create  2.0.0..2.14.4  =400
# a version is checked as its pipeline, and not at all when that has no namespace
UploadPipelineVersion  POST  /upload_version  create  2.15.0..       =400
# a version is checked as its pipeline, and not at all when that has no namespace; a refusal hides its reason
[PipelineService /apis/v1beta1/pipelines pipelines ..]
CreatePipelineV1  POST    .                create  pipelines.       ..2.0.0-alpha.7
# it asked without the group, so that only a rule for the core group or for all of them allowed it
CreatePipelineV1  POST    .                create  2.0.0..          +name
GetPipelineV1     GET     /{id}            get     ..2.0.0-alpha.7
GetPipelineV1     GET     /{id}            get     2.0.0..          +name  x2
ListPipelinesV1   GET     .                list
DeletePipelineV1  DELETE  /{id}            delete  ..2.0.0-alpha.7
DeletePipelineV1  DELETE  /{id}            delete  2.0.0..          +name
GetTemplate       GET     /{id}/templates  list    ..2.0.0-alpha.7
GetTemplate       GET     /{id}/templates  get     2.0.0..          +name
[PipelineService /apis/v1beta1/pipelines/{pipeline_id}/default_version pipelines ..]
UpdatePipelineDefaultVersionV1  POST  /{version_id}  update  ..2.0.0-alpha.7
UpdatePipelineDefaultVersionV1  POST  /{version_id}  update  2.0.0..          +name
[PipelineService /apis/v1beta1/namespaces pipelines 2.0.0-alpha.0..]
GetPipelineByNameV1  GET  /{namespace}/pipelines/{name}  get  2.0.0-alpha.0..2.0.0-alpha.7
GetPipelineByNameV1  GET  /{namespace}/pipelines/{name}  get  2.0.0..                       +name
[PipelineService /apis/v1beta1/pipeline_versions pipelines ..]
CreatePipelineVersionV1     POST    .                        -       ..2.0.0-alpha.7
CreatePipelineVersionV1     POST    .                        create  2.0.0..          +name
GetPipelineVersionV1        GET     /{version_id}            list    ..2.0.0-alpha.7
GetPipelineVersionV1        GET     /{version_id}            get     2.0.0..          +name
ListPipelineVersionsV1      GET     .                        list
DeletePipelineVersionV1     DELETE  /{version_id}            list    ..2.0.0-alpha.7
# anyone who could list could delete
DeletePipelineVersionV1     DELETE  /{version_id}            delete  2.0.0..          +name
GetPipelineVersionTemplate  GET     /{version_id}/templates  list    ..2.0.0-alpha.7
GetPipelineVersionTemplate  GET     /{version_id}/templates  get     2.0.0..          +name
[PipelineUploadServer /apis/v1beta1/pipelines pipelines ..]
UploadPipelineV1         POST  /upload          create  ..2.14.4  =400
# without a namespace nothing is checked
UploadPipelineV1         POST  /upload          create  2.15.0..  =400
# without a namespace nothing is checked; a refusal hides its reason
UploadPipelineVersionV1  POST  /upload_version  create  ..2.14.4  =400
# a version is checked as its pipeline, and not at all when that has no namespace
UploadPipelineVersionV1  POST  /upload_version  create  2.15.0..  =400
# a version is checked as its pipeline, and not at all when that has no namespace; a refusal hides its reason
[VisualizationService /apis/v2beta1/visualizations - 2.0.0..]
CreateVisualizationV1  POST  /{namespace}  !  =404
# described in the API, and not served: the call below /apis/v1beta1 is
[VisualizationService /apis/v1beta1/visualizations visualizations ..]
CreateVisualizationV1  POST  /{namespace}  create
# without a namespace nothing is checked
[ReportService /apis/v2beta1/workflows workflows ..]
ReportWorkflow  POST  .  !       2.0.0..2.1.0  =404
# described in the API, and not served: the call below /apis/v1beta1 is
ReportWorkflow  POST  .  report  2.2.0..
[ReportService /apis/v2beta1/scheduledworkflows scheduledworkflows ..]
ReportScheduledWorkflow  POST  .  !       2.0.0..2.1.0  =404
# described in the API, and not served: the call below /apis/v1beta1 is
ReportScheduledWorkflow  POST  .  report  2.2.0..
[ReportService /apis/v1beta1/workflows workflows ..]
ReportWorkflowV1  POST  .  -       ..2.0.0
ReportWorkflowV1  POST  .  report  2.0.1..
[ReportService /apis/v1beta1/scheduledworkflows scheduledworkflows ..]
ReportScheduledWorkflowV1  POST  .  -       ..2.0.0
ReportScheduledWorkflowV1  POST  .  report  2.0.1..
[AuthService /apis/v2beta1/auth - 2.0.0..]
Authorize  GET  .  !  =404
# described in the API, and not served: the call below /apis/v1beta1 is
[AuthService /apis/v1beta1/auth viewers.kubeflow.org ..]
AuthorizeV1  GET  .  get
AuthorizeV1  GET  .  create
AuthorizeV1  GET  .  delete
[DummyFilterService /apis/v2beta1/filters - 2.17.0..]
GetFilter  GET  .  !  =404
# described in the API, and not served: it is there for the description of filters
[HealthzService /apis/v2beta1/healthz - 2.0.0..]
GetHealthz  GET  .  -
[HealthzService /apis/v1beta1/healthz - ..]
GetHealthz  GET  .  -
"""

# Taken from kubeflow/pipelines 1.8.0 to 2.17.0: frontend/server/app.ts, handlers/*.ts. The pages' server asks
# the API above (AuthService.AuthorizeV1), and then reads with its own service account.
PIPELINES_PAGES = """
[- /apps/tensorboard viewers.kubeflow.org ..]
tensorboardGetHandler     GET     .        get
tensorboardCreateHandler  POST    .        create
tensorboardDeleteHandler  DELETE  .        delete
registerTensorboardProxy  ANY     /proxy/  get     2.17.0..
[- /k8s/pod viewers.kubeflow.org ..]
getPodLogsHandler  GET  /logs    -    ..2.15.0
getPodLogsHandler  GET  /logs    get  2.16.0..
podInfoHandler     GET  .        -    ..2.15.0
podInfoHandler     GET  .        get  2.16.0..
podEventsHandler   GET  /events  -    ..2.15.0
podEventsHandler   GET  /events  get  2.16.0..
[- /artifacts viewers.kubeflow.org ..]
getArtifactsHandler  GET  /get                      -    ..2.16.1
getArtifactsHandler  GET  /get                      get  2.17.0..
getArtifactsHandler  GET  /{source}/{bucket}/{key}  -    ..2.16.1
getArtifactsHandler  GET  /{source}/{bucket}/{key}  get  2.17.0..
[- /ml_metadata - ..]
createProxyMiddleware  ANY  .*  -
# everything in ML Metadata, whosever it is
"""
