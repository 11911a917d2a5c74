"""Keys: a vat's Ed25519 key pair, what it signs, seals and opens. Written from docs/wire.md."""

import base64
import hashlib

from nacl import bindings
from nacl.exceptions import CryptoError

VERSION = 1
HEAD = 1 + 32 + 32 + 24
SEAL = 16
BODY_MAX = HEAD + SEAL + (1 << 20)


def to_text(data):
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def to_bytes(text, length):
    """The bytes of a canonical base64url text; None for any other."""
    if not isinstance(text, str) or not text.isascii():
        return None
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
    except ValueError:
        return None
    return data if len(data) == length and to_text(data) == text else None


def sha256(data):
    return hashlib.sha256(data).digest()


class Keys:
    """One vat's keys. `vat` is its id."""

    def __init__(self, seed):
        public, self._secret = bindings.crypto_sign_seed_keypair(seed)
        self.public = public
        self.vat = to_text(public)
        self.box_secret = bindings.crypto_sign_ed25519_sk_to_curve25519(self._secret)
        self.box_public = bindings.crypto_sign_ed25519_pk_to_curve25519(public)
        self._shared = {}

    def sign(self, data):
        return bindings.crypto_sign(data, self._secret)[:64]

    def shared(self, public):
        """The secret that NaCl's box computes from both keys; None for an id that is no key."""
        if public not in self._shared:
            try:
                curve = bindings.crypto_sign_ed25519_pk_to_curve25519(public)
                self._shared[public] = bindings.crypto_box_beforenm(curve, self.box_secret)
            except (CryptoError, RuntimeError):
                return None
        return self._shared[public]

    def seal(self, to, nonce, text):
        """An envelope for the vat with that id."""
        public = to_bytes(to, 32)
        sealed = bindings.crypto_box_afternm(text, nonce, self.shared(public))
        return bytes([VERSION]) + self.public + public + nonce + sealed

    def open(self, data):
        """Returns (sender's id, nonce, text) of an envelope for this vat; None for all else."""
        if not HEAD + SEAL <= len(data) <= BODY_MAX or data[0] != VERSION:
            return None
        sender, receiver, nonce = data[1:33], data[33:65], data[65:HEAD]
        shared = self.shared(sender)
        if receiver != self.public or shared is None:
            return None
        try:
            text = bindings.crypto_box_open_afternm(data[HEAD:], nonce, shared)
        except CryptoError:
            return None
        return to_text(sender), nonce, text


def is_signed(vat, data, signature):
    """Whether the vat signed these bytes."""
    try:
        bindings.crypto_sign_open(signature + data, to_bytes(vat, 32))
    except (CryptoError, TypeError):
        return False
    return True
