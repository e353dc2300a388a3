"""How ways to tokens, impersonation and certificates are walked: up to who is authenticated by them."""

from __future__ import annotations

import base64
import json

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from kubectl_kfaccess.escalation.step_type import Way
from tests.escalation import manifests as m
from tests.escalation.ground import MERGE, NAMESPACE, REVIEWS, ROBOT, SELF, Object, Walker, Words, wait_for

_ACCOUNT = f"system:serviceaccount:{NAMESPACE}:{ROBOT}"


def own_account(walker: Walker, words: Words, way: Way) -> None:
    """Create a pod, and use the token that the kubelet gets for it."""
    ground = walker.ground
    made = walker.write("post", m.core("pods"), m.pod(name="own"), m.pod(name="own"), real=True)
    bound = {"kind": "Pod", "apiVersion": "v1", "name": "own", "uid": made["metadata"]["uid"]}
    request = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "spec": {"boundObjectRef": bound},
    }
    account = f"{m.core('serviceaccounts')}/{made['spec']['serviceAccountName']}"
    _is_robot(walker, ground.send("POST", f"{account}/token", request)["status"]["token"])


def token_request(walker: Walker, words: Words, way: Way) -> None:
    """Request a token, and use it."""
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    answer = walker.send("POST", f"{m.core('serviceaccounts')}/{ROBOT}/token", body)
    _is_robot(walker, answer["status"]["token"])


def _is_robot(walker: Walker, token: str) -> None:
    known = walker.ground.review_of(token)
    assert known is not None and known["username"] == _ACCOUNT


def read_token(walker: Walker, words: Words, way: Way) -> None:
    """Read a Secret that holds a token, and use it."""
    ground = walker.ground
    path = ground.create(m.core("secrets"), m.token_secret())
    wait_for("token", lambda: ground.get(path).get("data"))
    _is_robot(walker, wait_for("token", lambda: _read(walker, words[-1])))


def made_token(walker: Walker, words: Words, way: Way) -> None:
    """Create a Secret for a token, read it, and use it."""
    walker.write(words[0], m.core("secrets"), {}, m.token_secret(), real=True)
    path = f"{m.core('secrets')}/{ROBOT}"
    wait_for("token", lambda: walker.ground.get(path).get("data"))
    _is_robot(walker, _read(walker, words[-1] if len(words) > 1 else "get"))


def _read(walker: Walker, verb: str) -> str:
    """Return the token in the Secret of the robot, read by *verb*."""
    collection = m.core("secrets")
    one, many = f"{collection}/{ROBOT}", f"{collection}?fieldSelector=metadata.name%3D{ROBOT}"
    if verb == "get":
        found = walker.send("GET", one)
    elif verb == "patch":
        found = walker.send("PATCH", f"{one}?dryRun=All", {}, content_type=MERGE)
    elif verb == "list":
        found = walker.send("GET", many)["items"][0]
    elif verb == "watch":
        answer = walker.send("GET", f"{many}&watch=1&timeoutSeconds=1")
        text = answer["text"] if "text" in answer else json.dumps(answer)
        found = json.loads(text.splitlines()[0])["object"]
    elif verb == "update":
        found = walker.send("PUT", f"{one}?dryRun=All", m.token_secret())
    else:
        assert verb == "deletecollection"
        items = walker.send("DELETE", f"{many}&dryRun=All")["items"]
        (found,) = [item for item in items if item["metadata"]["name"] == ROBOT]
    return base64.b64decode(found["data"]["token"]).decode()


def _impersonated(walker: Walker, **headers: str) -> Object:
    known = {f"Impersonate-{key.capitalize()}": value for key, value in headers.items()}
    info: Object = walker.send("POST", REVIEWS, SELF, headers=known)["status"]["userInfo"]
    return info


def as_account(walker: Walker, words: Words, way: Way) -> None:
    """Send a request as the account."""
    assert _impersonated(walker, user=_ACCOUNT)["username"] == _ACCOUNT


def as_user(walker: Walker, words: Words, way: Way) -> None:
    """Send a request as the user."""
    assert _impersonated(walker, user=ROBOT)["username"] == ROBOT


def as_user_in_group(walker: Walker, words: Words, way: Way) -> None:
    """Send a request as a user in the group."""
    assert ROBOT in _impersonated(walker, user=ROBOT, group=ROBOT)["groups"]


def as_account_in_group(walker: Walker, words: Words, way: Way) -> None:
    """Send a request as an account in the group."""
    assert ROBOT in _impersonated(walker, user=_ACCOUNT, group=ROBOT)["groups"]


def limited_account(walker: Walker, words: Words, way: Way) -> None:
    """List pods as the account, which is allowed to."""
    walker.send("GET", m.core("pods"), headers={"Impersonate-User": _ACCOUNT})


def limited_user(walker: Walker, words: Words, way: Way) -> None:
    """List pods as the user, who is allowed to."""
    walker.send("GET", m.core("pods"), headers={"Impersonate-User": ROBOT})


def certificate(walker: Walker, words: Words, way: Way) -> None:
    """Create and approve a request for a certificate, and log in with the certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "anybody@example.com")])
    wanted = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    spec = {
        "request": base64.b64encode(wanted.public_bytes(Encoding.PEM)).decode(),
        "signerName": "kubernetes.io/kube-apiserver-client",
        "usages": ["client auth"],
    }
    body = m.named("certificates.k8s.io/v1", "CertificateSigningRequest", {"spec": spec})
    collection = m.group("certificates.k8s.io/v1", "certificatesigningrequests", "")
    made = walker.write(words[0], collection, body, body, real=True)
    condition = {"type": "Approved", "status": "True", "reason": "Walk", "message": ""}
    approved = {**made, "status": {"conditions": [condition]}}
    path = f"{collection}/{ROBOT}"
    walker.change(words[1], f"{path}/approval", approved, real=True)
    issued = wait_for("certificate", lambda: walker.ground.get(path)["status"].get("certificate"))
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert walker.ground.name_by_certificate(base64.b64decode(issued), pem) == "anybody@example.com"
