"""The answer to one call."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal, NoReturn, cast

from bailiwick import _native

Effect = Literal["allow", "ask", "deny"]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a decision is what it is.

    >>> task.decide("erp.pay", {"iban": "DE89", "amount": "900.00"}).reason
    Reason(code='policy.ask', hop=0, gate='origin', policies=('large-pays',), detail='more than 500 needs the owner')
    """

    #: Stable and the same in every language; :func:`reason_codes` has them all.
    code: str
    #: The link it was found at; 0 is the one from the origin to the first agent. ``None`` when it is not about a link.
    hop: int | None = None
    #: ``origin``, ``agent`` or ``delegate``, when policies decided.
    gate: str | None = None
    #: Ids of the policies that decided, sorted.
    policies: tuple[str, ...] = ()
    #: One sentence for the operator; never for the model.
    detail: str = ""


class Decision:
    """The answer to one call, and the account of it. Always made, never raised.

    >>> d = task.decide("erp.pay", {"iban": "DE89", "amount": "480.00"})
    >>> d.effect, d.allowed, d.reason.code
    ('allow', True, 'permitted')
    """

    __slots__ = ("_native",)

    def __init__(self, native: _native.Decision) -> None:
        self._native = native

    @property
    def effect(self) -> Effect:
        """``allow``, ``ask`` (a person must approve exactly this call) or ``deny``.

        >>> task.decide("erp.pay", {"iban": "DE89", "amount": "900.00"}).effect
        'ask'
        """
        return cast(Effect, self._native.effect)

    @property
    def allowed(self) -> bool:
        """Whether the call may be made now: true for ``allow`` only.

        >>> task.decide("erp.pay", {"iban": "DE89", "amount": "900.00"}).allowed
        False
        """
        return self._native.allowed

    @property
    def reason(self) -> Reason:
        """Why.

        >>> task.decide("mail.read", {"id": 3}).reason.code
        'call.argument_invalid'
        """
        reason = self.to_dict()["reason"]
        policies = tuple(reason.get("policies", ()))
        return Reason(reason["code"], reason.get("hop"), reason.get("gate"), policies, reason.get("detail", ""))

    @property
    def message(self) -> str:
        """What the model may be told: never which rule, value or agent stood in the way.

        >>> task.decide("mail.read", {"id": 3}).message
        'This action is not permitted.'
        """
        return self._native.message

    @property
    def ask(self) -> tuple[str, ...]:
        """The roles whose approval is missing, when the effect is ``ask``.

        >>> task.decide("erp.pay", {"iban": "DE89", "amount": "900.00"}).ask
        ('owner',)
        """
        return tuple(self.to_dict().get("ask", ()))

    @property
    def obligations(self) -> tuple[str, ...]:
        """What the host must also do, from the ``@obligation`` of the policies that decided.

        >>> task.decide("erp.pay", {"iban": "DE89", "amount": "480.00"}).obligations
        ('notify:finance',)
        """
        return tuple(self.to_dict().get("obligations", ()))

    @property
    def shadow(self) -> dict[str, Any] | None:
        """``{"effect", "policies"}`` that would have been, had the ``@shadow`` policies counted; ``None`` when it is
        the same.

        >>> task.decide("mail.read", {"id": "m-17"}).shadow is None
        True
        """
        return cast("dict[str, Any] | None", self.to_dict().get("shadow"))

    @property
    def intent(self) -> dict[str, Any] | None:
        """Whether the call serves what the prompt asked for: ``verdict`` (``aligned``, ``delegated``, ``ungrounded`` or
        ``out_of_scope``), ``scope``, ``why``, ``grounding`` (the worst level in each role), ``origins`` (where each
        argument comes from), and how far the task has drifted. ``None`` for a task without a prompt, and for a call
        that was refused before anyone asked.

        >>> intent = task.decide("erp.pay", {"iban": "DE89", "amount": "480.00"}).intent
        >>> intent["verdict"], intent["scope"], intent["grounding"]["destination"]
        ('ungrounded', 'asked', 'nowhere')
        """
        return cast("dict[str, Any] | None", self.to_dict().get("intent"))

    @property
    def findings(self) -> list[dict[str, Any]]:
        """What was discovered on the way, such as an agent the registry does not know.

        >>> stranger = engine.begin(origin=alice, agent=("https://agents.example", "stranger"))
        >>> len(stranger.decide("mail.read", {"id": "m-17"}).findings)
        1
        """
        return cast("list[dict[str, Any]]", self.to_dict().get("findings", []))

    @property
    def id(self) -> str:
        """Names the decision everywhere: ``dec_`` and the first 128 bits of the SHA-256 of :meth:`to_json`.

        >>> task.decide("mail.read", {"id": "m-17"}).id[:4]
        'dec_'
        """
        return self._native.id

    @property
    def digest(self) -> str | None:
        """The digest of tool, arguments and chain, which approvals are bound to; ``None`` when the arguments were
        not JSON.

        >>> task.decide("mail.read", {"id": {1, 2}}).digest is None
        True
        """
        return cast("str | None", self.to_dict()["call"].get("digest"))

    def is_of(self, tool: str, arguments: dict[str, Any]) -> bool:
        """Whether this is the decision on exactly this call, under its chain. Ask right before the call is made, where
        the arguments may have changed since.

        >>> d = task.decide("mail.read", {"id": "m-17"})
        >>> d.is_of("mail.read", {"id": "m-17"}), d.is_of("mail.read", {"id": "m-18"})
        (True, False)
        """
        return self._native.is_of(tool, arguments)

    def explain(self) -> str:
        """The account for an operator: who acted, who initiated it, which permissions applied, was it consistent.

        >>> print(task.decide("mail.read", {"id": "m-17"}).explain())  # doctest: +ELLIPSIS
        allow `mail.read` at ...
          because       permitted: every gate, grant and hold lets the call pass
          acting agent  https://agents.example|invoice-bot
          initiated by  user https://idp.example|alice
        ...
        """
        return self._native.explain()

    def to_json(self) -> str:
        """The audit entry: exactly the text the log keeps and hashes.

        >>> d = task.decide("mail.read", {"id": "m-17"})
        >>> d.to_json().encode() == engine.log.entries()[-1]
        True
        """
        return self._native.to_bytes().decode()

    def to_dict(self) -> dict[str, Any]:
        """The audit entry as a new dict.

        >>> sorted(task.decide("mail.read", {"id": "m-17"}).to_dict())
        ['call', 'chain', 'effect', 'intent', 'now_ms', 'permissions', 'reason', 'sequence', 'v']
        """
        return cast("dict[str, Any]", json.loads(self._native.to_bytes()))

    def approval_request(self) -> dict[str, Any]:
        """The ticket for :meth:`Task.approve`: what a person must see to approve this call. It can be sent as JSON;
        it is sealed, so a changed one is refused.

        Raises :class:`BailiwickError` when the effect is not ``ask``, or the decision was not made by a task.

        >>> ticket = task.decide("erp.pay", {"iban": "DE89", "amount": "900.00"}).approval_request()
        >>> ticket["tool"], ticket["arguments"], ticket["roles"]
        ('erp.pay', {'amount': '900.00', 'iban': 'DE89'}, ['owner'])
        """
        return cast("dict[str, Any]", json.loads(self._native.approval_request()))

    def __bool__(self) -> NoReturn:
        # A truthy object in `if task.decide(...)` would let everything pass.
        raise TypeError("a decision is neither true nor false: use `.allowed`, or compare `.effect`")

    def __repr__(self) -> str:
        entry = self.to_dict()
        return f"<Decision {entry['effect']} {entry['call']['tool']!r} {entry['reason']['code']}>"


def reason_codes() -> dict[str, str]:
    """Every reason code a decision can have, and what it means.

    >>> reason_codes()["chain.expired"]
    "a link's time has passed"
    """
    return dict(_native.reason_codes())
