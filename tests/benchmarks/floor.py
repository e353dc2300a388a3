"""
The floor for `who-can -A`: import the client, fetch the four lists, and do nothing else.

Run it as a program: python floor.py KUBECONFIG. The lists are not paged, and are fetched at the same time.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

from kubernetes import client, config

PATHS = ("clusterroles", "clusterrolebindings", "roles", "rolebindings")


def main() -> None:
    config.load_kube_config(sys.argv[1])
    configuration = client.Configuration.get_default_copy()
    configuration.connection_pool_maxsize = len(PATHS)
    api = client.ApiClient(configuration)
    headers = {setting["key"]: setting["value"] for setting in configuration.auth_settings().values()}

    def fetch(resource: str) -> int:
        url = f"{configuration.host}/apis/rbac.authorization.k8s.io/v1/{resource}"
        answer = api.rest_client.pool_manager.request("GET", url, headers=headers)
        assert answer.status == 200
        return len(answer.data)

    with ThreadPoolExecutor(len(PATHS)) as pool:
        print(sum(pool.map(fetch, PATHS)))


if __name__ == "__main__":
    main()
