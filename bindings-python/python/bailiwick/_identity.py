"""Who: the origin, the agents. Names are compared byte for byte, never by how they look."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bailiwick._errors import BailiwickError


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Who started the work.

    >>> Origin.user("https://idp.example", "alice", groups=["finance"]).groups
    ('finance',)
    """

    #: ``user``, ``service``, ``schedule``, or ``agent_user``: a user account that is an agent's.
    kind: str
    #: Who vouches for the subject: an OpenID issuer, a SPIFFE trust domain, a directory.
    issuer: str
    #: Unique within the issuer (and tenant).
    subject: str
    #: Where one issuer serves several.
    tenant: str | None = None
    #: Groups the host's directory lists, as policies write them.
    groups: tuple[str, ...] = ()
    #: The login session.
    session: str | None = None
    #: When the user last authenticated, in milliseconds since 1970.
    auth_time_ms: int | None = None

    def __post_init__(self) -> None:
        if isinstance(self.groups, (str, bytes)):  # would read as a group for every letter
            raise BailiwickError("groups: a list of names is needed")
        object.__setattr__(self, "groups", tuple(self.groups))

    @classmethod
    def user(
        cls,
        issuer: str,
        subject: str,
        *,
        tenant: str | None = None,
        groups: Iterable[str] = (),
        session: str | None = None,
        auth_time_ms: int | None = None,
    ) -> Origin:
        """A human being, the only kind that can approve.

        >>> Origin.user("https://idp.example", "bob").kind
        'user'
        """
        return cls(
            kind="user",
            issuer=issuer,
            subject=subject,
            tenant=tenant,
            groups=groups,  # type: ignore[arg-type]  # made a tuple by `__post_init__`, which also refuses a `str`
            session=session,
            auth_time_ms=auth_time_ms,
        )

    @classmethod
    def service(cls, issuer: str, subject: str, *, tenant: str | None = None, groups: Iterable[str] = ()) -> Origin:
        """A machine account.

        >>> Origin.service("https://idp.example", "nightly-import").kind
        'service'
        """
        return cls(kind="service", issuer=issuer, subject=subject, tenant=tenant, groups=groups)  # type: ignore[arg-type]

    @classmethod
    def schedule(cls, issuer: str, subject: str, *, tenant: str | None = None, groups: Iterable[str] = ()) -> Origin:
        """A timer somebody set.

        >>> Origin.schedule("https://idp.example", "every-monday").kind
        'schedule'
        """
        return cls(kind="schedule", issuer=issuer, subject=subject, tenant=tenant, groups=groups)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent, as a chain names it. Its owner, blueprint and state are the registry's to say.

    >>> Agent("https://agents.example", "invoice-bot").subject
    'invoice-bot'
    """

    #: Who vouches for the subject.
    issuer: str
    #: Unique within the issuer (and tenant).
    subject: str
    #: Where one issuer serves several.
    tenant: str | None = None
    #: Which running instance; recorded, never compared.
    instance: str | None = None


def _refuse_unless_mapping(given: object, name: str, needed: str) -> None:
    if not isinstance(given, dict):
        # Not `type(given).__name__`: a metaclass may answer that with code of its own.
        kind = type.__dict__["__name__"].__get__(type(given))
        why = f"{name}: {needed}, or a pair (issuer, subject) is needed, not `{kind}`"
        raise BailiwickError(why, code="json.malformed")


def origin_document(origin: object, name: str) -> object:
    """The origin as the engine reads it. A pair is a user; what is no origin is refused."""
    if isinstance(origin, tuple) and len(origin) == 2:
        return {"kind": "user", "issuer": origin[0], "subject": origin[1]}
    if not isinstance(origin, Origin):
        _refuse_unless_mapping(origin, name, "an Origin, a dict with `kind`, `issuer` and `subject`")
        return origin
    groups: list[Any] = list(origin.groups)
    members = {
        "kind": origin.kind,
        "issuer": origin.issuer,
        "subject": origin.subject,
        "tenant": origin.tenant,
        "session": origin.session,
        "auth_time_ms": origin.auth_time_ms,
    }
    return {name: member for name, member in members.items() if member is not None} | {"groups": groups}


def agent_document(agent: object, name: str) -> object:
    """The agent as the engine reads it; what is no agent is refused."""
    if isinstance(agent, tuple) and len(agent) == 2:
        return {"issuer": agent[0], "subject": agent[1]}
    if not isinstance(agent, Agent):
        _refuse_unless_mapping(agent, name, "an Agent, a dict with `issuer` and `subject`")
        return agent
    members = {"issuer": agent.issuer, "subject": agent.subject, "tenant": agent.tenant, "instance": agent.instance}
    return {name: member for name, member in members.items() if member is not None}
