"""Keys that sign chains for other processes."""

from __future__ import annotations

import json
from typing import Any, NoReturn, cast

from bailiwick import _native


class SigningKey:
    """A private key, Ed25519 or P-256, for :meth:`Task.export`. It can be used and not be read: the secret is in no
    attribute and no ``repr``, and a key cannot be pickled. For the first link of a chain it needs the ``issuer`` that
    publishes it.

    >>> key = SigningKey.from_jwk({
    ...     "kty": "OKP", "crv": "Ed25519", "kid": "2026-11",
    ...     "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    ... }, issuer="https://idp.example")
    >>> key
    <SigningKey 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k'>
    """

    __slots__ = ("_native",)

    def __init__(self, native: _native.SigningKey) -> None:
        self._native = native

    @classmethod
    def from_jwk(cls, jwk: dict[str, Any] | str, issuer: str | None = None) -> SigningKey:
        """A key of a private JWK, as a dict or as JSON text.

        Raises :class:`BailiwickError`: ``json.malformed``; ``key.invalid`` for another kind of key, or when the public
        half is not that of the private.

        >>> SigningKey.from_jwk({"kty": "RSA", "d": "AQAB"})
        Traceback (most recent call last):
        bailiwick._errors.BailiwickError: jwk: only Ed25519 and P-256 keys sign
        """
        return cls(_native.SigningKey(jwk, issuer))

    @property
    def public(self) -> dict[str, Any]:
        """The public half, as a JWK: for the ``keys`` of a trust document, or as ``key`` of a link.

        >>> key.public
        {'crv': 'Ed25519', 'kty': 'OKP', 'x': '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo'}
        """
        return cast("dict[str, Any]", json.loads(self._native.public()))

    @property
    def thumbprint(self) -> str:
        """The SHA-256 thumbprint of the public half (RFC 7638), base64url: the ``key`` of a presenter.

        >>> key.thumbprint
        'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k'
        """
        return self._native.thumbprint

    def __reduce__(self) -> NoReturn:
        raise TypeError("a signing key cannot be pickled or copied")

    def __repr__(self) -> str:
        return f"<SigningKey {self.thumbprint!r}>"


def native_key(key: object) -> object:
    """The key as the engine knows it; what is no key goes through, for the engine to refuse."""
    return key._native if isinstance(key, SigningKey) else key
