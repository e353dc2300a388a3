"""
The auth-provider `oidc`: its id-token, and a new one if that has expired, as in client-go's oidc.go.

Identity providers give a new token for a refresh-token. Import this module only for such a user.
"""

from __future__ import annotations

import base64
import json
import math
import time

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import UnusableCredentials
from kubectl_kfaccess.sources.kubeconfig.connection import AuthProvider

_EXPIRY_DELTA = 10.0  # seconds; oidc.go's expiryDelta
_ADVICE = "use an exec credential plugin for OpenID Connect, such as kubelogin (kubectl oidc-login)"


def with_valid_token(provider: AuthProvider, env: Environment) -> AuthProvider:
    """
    Return the auth-provider with an id-token that is valid: its own, or a new one.

    Raises UnusableCredentials if there is none, and none can be fetched.
    """
    token = provider.config.get("id-token", "")
    if token and _expiry(token) > time.time() + _EXPIRY_DELTA:
        return provider
    if not provider.config.get("refresh-token"):
        problem = "the id-token of the auth-provider `oidc` has expired"
        missing = "the auth-provider `oidc` has no id-token"
        raise UnusableCredentials(f"no credentials: {problem if token else missing}", hint=_ADVICE)
    from kubectl_kfaccess.sources.kubeconfig import oidc_refresh  # imports the Kubernetes client: slow

    return oidc_refresh.refreshed(provider, env)


def _expiry(token: str) -> float:
    """
    Return when a JSON Web Token expires, in seconds since the epoch; 0 if it does not say.

    Raises UnusableCredentials if it is not a JSON Web Token.
    """
    try:
        _, payload, _ = token.split(".")
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return float(claims.get("exp") or 0)
    except OverflowError:  # a number with hundreds of digits
        return math.inf
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise UnusableCredentials(
            "no credentials: the id-token of the auth-provider `oidc` is not a JWT"
        ) from error
