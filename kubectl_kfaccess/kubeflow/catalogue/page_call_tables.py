"""
What each of Kubeflow's pages other than those of pipelines checks, in the format of `service_call_tables`.

The pages were read in one release each: `services` says which.
"""

from __future__ import annotations

# Taken from kubeflow/kubeflow 1.10.0: components/crud-web-apps.
NOTEBOOK_PAGES = """
[- /api/namespaces/{namespace}/notebooks notebooks.kubeflow.org ..]
get_notebooks        GET  .                                     list
get_notebooks        GET  .                                     list  events
# when a notebook is not ready, to say why
get_notebook         GET  /{name}                               get
get_notebook_pod     GET  /{notebook_name}/pod                  list  pods
get_pod_logs         GET  /{notebook_name}/pod/{pod_name}/logs  get   pods/log
get_notebook_events  GET  /{notebook_name}/events               list  events
[- /api/namespaces/{namespace}/poddefaults poddefaults.kubeflow.org ..]
get_poddefaults  GET  .  list
[- /api/namespaces/{namespace}/pvcs persistentvolumeclaims ..]
get_pvcs  GET  .  list
[- /api/namespaces/{namespace}/notebooks notebooks.kubeflow.org ..]
post_pvc         POST    .            create
post_pvc         POST    .            create  persistentvolumeclaims
# for each new volume
patch_notebook   PATCH   /{notebook}  patch
patch_notebook   PATCH   /{notebook}  get
# before it is stopped
delete_notebook  DELETE  /{notebook}  delete
[- /api/namespaces - ..]
get_namespaces  GET  .  -
# the names of all namespaces, to everybody who is logged in
"""
VOLUME_PAGES = """
[- /api/namespaces/{namespace}/pvcs persistentvolumeclaims ..]
get_pvcs        GET     .                   list
get_pvcs        GET     .                   list    notebooks.kubeflow.org
get_pvcs        GET     .                   list    pvcviewers.kubeflow.org
get_pvc         GET     /{pvc_name}         get
get_pvc_pods    GET     /{pvc_name}/pods    list    pods
get_pvc_events  GET     /{pvc_name}/events  list    events
post_pvc        POST    .                   create
delete_pvc      DELETE  /{pvc}              delete
delete_pvc      DELETE  /{pvc}              list    pods
delete_pvc      DELETE  /{pvc}              delete  pvcviewers.kubeflow.org
# when a viewer is open on it
[- /api/namespaces/{namespace}/viewers pvcviewers.kubeflow.org ..]
post_viewer    POST    .          create
delete_viewer  DELETE  /{viewer}  delete
"""
TENSORBOARD_PAGES = """
[- /api/namespaces/{namespace}/tensorboards tensorboards.tensorboard.kubeflow.org ..]
get_tensorboards  GET  .  list
[- /api/namespaces/{namespace}/pvcs persistentvolumeclaims ..]
get_pvcs  GET  .  list
[- /api/namespaces/{namespace}/poddefaults poddefaults.kubeflow.org ..]
get_poddefaults  GET  .  list
[- /api/namespaces/{namespace}/tensorboards tensorboards.tensorboard.kubeflow.org ..]
post_tensorboard    POST    .               create
delete_tensorboard  DELETE  /{tensorboard}  delete
"""

# Taken from kubeflow/katib 0.19.0: cmd/ui/v1beta1/main.go and pkg/ui/v1beta1; its handlers accept any method.
KATIB_PAGES = """
[- /katib/ experiments.kubeflow.org ..]
FetchExperiments     ANY  fetch_experiments/        list
CreateExperiment     ANY  create_experiment/        create  +name
DeleteExperiment     ANY  delete_experiment/        delete  +name
FetchExperiment      ANY  fetch_experiment/         get  +name
FetchTrial           ANY  fetch_trial/              get     trials.kubeflow.org  +name
FetchSuggestion      ANY  fetch_suggestion/         get     suggestions.kubeflow.org  +name
FetchHPJobInfo       ANY  fetch_hp_job_info/        get  +name
FetchHPJobInfo       ANY  fetch_hp_job_info/        list    trials.kubeflow.org
FetchHPJobTrialInfo  ANY  fetch_hp_job_trial_info/  list    trials.kubeflow.org  +name
FetchNASJobInfo      ANY  fetch_nas_job_info/       -
# the trials of a neural architecture search, in any namespace
FetchTrialTemplates  ANY  fetch_trial_templates/    get     configmaps  +name
AddTemplate          ANY  add_template/             create  configmaps  +name
EditTemplate         ANY  edit_template/            update  configmaps  +name
DeleteTemplate       ANY  delete_template/          delete  configmaps  +name
FetchTrialLogs       ANY  fetch_trial_logs/         get     trials.kubeflow.org  +name
FetchTrialLogs       ANY  fetch_trial_logs/         get     pods/log  +name
FetchNamespaces      ANY  fetch_namespaces          -
# the names of all namespaces, to everybody who is logged in
"""

# Taken from kserve/models-web-app 0.15.0: backend/apps.
MODEL_PAGES = """
[- /api/namespaces/{namespace}/inferenceservices inferenceservices.serving.kserve.io ..]
get_inference_services        GET     .                     list
get_inference_service         GET     /{name}               get
# it opens the logs as well, which the page reads with its own account
post_inference_service        POST    .                     create
replace_inference_service     PUT     /{isvc}               update
delete_inference_service      DELETE  /{inference_service}  delete
get_inference_service_events  GET     /{name}/events        list    events
[- /api/namespaces/{namespace}/knativeServices services.serving.knative.dev ..]
get_knative_service  GET  /{name}  get
[- /api/namespaces/{namespace}/configurations configurations.serving.knative.dev ..]
get_knative_configuration  GET  /{name}  get
[- /api/namespaces/{namespace}/revisions revisions.serving.knative.dev ..]
get_knative_revision  GET  /{name}  get
[- /api/namespaces/{namespace}/routes routes.serving.knative.dev ..]
get_knative_route  GET  /{name}  get
[- /api/namespaces/{namespace}/deployments deployments.apps ..]
get_kubernetes_deployment  GET  /{name}  get
[- /api/namespaces/{namespace}/services services ..]
get_kubernetes_service  GET  /{name}  get
[- /api/namespaces/{namespace}/hpas horizontalpodautoscalers.autoscaling ..]
get_kubernetes_hpa  GET  /{name}  get
"""

# Taken from kubeflow/notebooks 2.0.0-beta.0: workspaces/backend/api.
NOTEBOOKS_V2 = """
[- /api/v1/workspaces workspaces.kubeflow.org ..]
GetAllWorkspacesHandler                GET     .                                           list    +cluster
GetWorkspacesByNamespaceHandler        GET     /{namespace}                                list
GetWorkspaceHandler                    GET     /{namespace}/{name}                         get     +name
CreateWorkspaceHandler                 POST    /{namespace}                                create  +name
UpdateWorkspaceHandler                 PUT     /{namespace}/{name}                         update  +name
DeleteWorkspaceHandler                 DELETE  /{namespace}/{name}                         delete  +name
PauseActionWorkspaceHandler            POST    /{namespace}/{name}/actions/pause           update  +name
GetWorkspacePodTemplateDetailsHandler  GET     /{namespace}/{name}/podtemplate/details     get     +name
GetWorkspacePodTemplateLogsHandler     GET     /{namespace}/{name}/podtemplate/logs/batch  get     +name
# the logs of its pods, which the backend reads with its own account
[- /api/v1/workspacekinds workspacekinds.kubeflow.org ..]
GetWorkspaceKindsHandler    GET     .               list    +cluster
GetWorkspaceKindsHandler    GET     .               create  workspaces.kubeflow.org
# instead of the other check, when the request names a namespace
GetWorkspaceKindHandler     GET     /{name}         get     +cluster  +name
CreateWorkspaceKindHandler  POST    .               create  +cluster  +name
UpdateWorkspaceKindHandler  PUT     /{name}         update  +cluster  +name
DeleteWorkspaceKindHandler  DELETE  /{name}         delete  +cluster  +name
GetWorkspaceKindIconHandler  GET  /{name}/assets/icon  get   +cluster  +name
GetWorkspaceKindIconHandler  GET  /{name}/assets/icon  list  workspaces.kubeflow.org
# instead of the other check, when the request names a namespace
GetWorkspaceKindLogoHandler  GET  /{name}/assets/logo  get   +cluster  +name
GetWorkspaceKindLogoHandler  GET  /{name}/assets/logo  list  workspaces.kubeflow.org
# instead of the other check, when the request names a namespace
[- /api/v1/workspacekinds/{name}/podtemplate/options workspacekinds.kubeflow.org ..]
PodTemplateOptionsListValuesHandler  POST  /listvalues  get     +cluster  +name
PodTemplateOptionsListValuesHandler  POST  /listvalues  create  workspaces.kubeflow.org
# instead of the other check, when the request names a namespace
[- /api/v1/secrets/{namespace} secrets ..]
GetSecretsByNamespaceHandler  GET     .        list
CreateSecretHandler           POST    .        create  +name
GetSecretHandler              GET     /{name}  get     +name
UpdateSecretHandler           PUT     /{name}  update  +name
DeleteSecretHandler           DELETE  /{name}  delete  +name
[- /api/v1/persistentvolumeclaims/{namespace} persistentvolumeclaims ..]
GetPVCsByNamespaceHandler  GET     .        list
CreatePVCHandler           POST    .        create  +name
DeletePVCHandler           DELETE  /{name}  delete  +name
[- /api/v1/storageclasses storageclasses.storage.k8s.io ..]
GetStorageClassesHandler  GET  .  list    +cluster
GetStorageClassesHandler  GET  .  create  persistentvolumeclaims.
# instead of the other check, when the request names a namespace
[- /api/v1/namespaces namespaces ..]
GetNamespacesHandler  GET  .  list  +cluster
"""

# Taken from kubeflow/model-registry 0.3.8: clients/ui/bff/internal. The review is about the Service of the
# registry, whatever the call does in the registry.
MODEL_REGISTRY_PAGES = """
[- /api/v1/model_registry services ..]
GetAllModelRegistriesHandler      GET  .                                          get
GetAllModelRegistriesHandler      GET  .                                          list
RequireAccessToMRService          ANY  /{model_registry_id}/*                     get   +name
# everything in that registry, changes included
GetAllModelTransferJobsHandler    GET  /{model_registry_id}/model_transfer_jobs   get   +name
GetAllModelTransferJobsHandler    GET  /{model_registry_id}/model_transfer_jobs   list  jobs.batch  +cluster
# when the request names no namespace of the jobs
[- /api/v1/model_catalog - ..]
AttachModelCatalogRESTClient  GET  /*  -
# the models of the catalog, to everybody who is logged in
"""

# Taken from kubeflow/dashboard 2.0.0: components/access-management/kfam (routers.go, api_default.go).
KFAM = """
[- /kfam/v1/bindings - ..]
ReadBinding    GET     .  -
# the RoleBindings of profiles with the annotations `user` and `role`: they are what the dashboard shows
CreateBinding  POST    .  owner
# adds a contributor
DeleteBinding  DELETE  .  owner
# removes a contributor
[- /kfam/v1/profiles - ..]
CreateProfile  POST    .           -
# for everybody who is logged in
DeleteProfile  DELETE  /{profile}  owner
[- /kfam/v1/role/clusteradmin - ..]
QueryClusterAdmin  GET  .  -
"""

# Taken from opendatahub-io/kubeflow, components/odh-notebook-controller: the ConfigMap of each proxy.
PROXY_OF_NOTEBOOKS = """
[- /notebook/{namespace}/{notebook} notebooks.kubeflow.org ..]
proxy  ANY  /*  get  +name
# of a notebook with the annotation `notebooks.opendatahub.io/inject-auth`
"""

# Taken from opendatahub-io/kserve: the ConfigMap of each proxy. Paths are the model server's own.
PROXY_OF_INFERENCE_SERVICES = """
[- / inferenceservices.serving.kserve.io ..]
proxy  ANY  *  get  +name
# of a model with the annotation `security.opendatahub.io/enable-auth`
"""
