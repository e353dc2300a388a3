"""`can-apply`: can this account apply these manifests?"""
