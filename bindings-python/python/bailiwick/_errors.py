"""What is raised, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bailiwick._decision import Decision


class BailiwickError(Exception):
    """The library was called with something it cannot use: a chain that does not hold, a grant that is none, a wrong
    type. Never the answer "no" to a call: that is a :class:`Decision`.

    >>> try:
    ...     engine.begin(origin={"kind": "robot"}, agent=("https://agents.example", "invoice-bot"))
    ... except BailiwickError as error:
    ...     print(error.code)
    json.malformed
    """

    #: Stable and the same in every language: ``policy.invalid``, ``chain.expired``, ``usage``, …
    code: str
    #: One sentence, with the place in front where there is one.
    message: str
    #: Name of the text, as it was given or found in the directory.
    file: str | None
    #: From 1.
    line: int | None
    #: In characters, from 1.
    column: int | None
    #: For a person: every finding, with the source around it.
    report: str

    def __init__(
        self,
        message: str,
        code: str = "usage",
        file: str | None = None,
        line: int | None = None,
        column: int | None = None,
        report: str | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.file = file
        self.line = line
        self.column = column
        self.report = message if report is None else report


class PolicyError(BailiwickError):
    """Policies, schema, catalog, registry, entities, trust or revocations cannot be loaded; what was in force stays.

    >>> try:
    ...     engine.load_policies({"pay.cedar": 'permit(principal, action == Action::"erp.pya", resource);'})
    ... except PolicyError as error:
    ...     print(error.code, error.file, error.line)
    policy.invalid pay.cedar 1
    """


class PolicyWarning(UserWarning):
    """Policies load and are odd: one can never apply, for example, or names an agent that the registry does not have.
    Those with a place in a text are emitted by :class:`Engine`, :meth:`Engine.from_dir`, :meth:`Engine.load_policies`,
    :meth:`Engine.load_registry` and :meth:`Engine.reload`; :attr:`Engine.warnings` lists all. Where filters
    turn warnings into errors, the constructor and ``from_dir`` raise; after ``load_*`` and ``reload`` the new texts are
    in force. ``str()`` is the message with the place in front.

    >>> import warnings
    >>> never = 'permit(principal, action == Action::"erp.pay", resource) when { 1 == 2 };'
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     engine.load_policies({"never.cedar": never})
    >>> {warning.category.__name__ for warning in caught}
    {'PolicyWarning'}
    >>> odd = engine.warnings[0]
    >>> odd.code, odd.file, odd.line, odd.column
    ('policy.impossible', 'never.cedar', 1, 1)
    """

    #: Stable and the same in every language: ``policy.impossible``, ``policy.unknown_entity``, …
    code: str
    #: What is odd, and what to do.
    message: str
    #: Name of the text, as it was given or found in the directory.
    file: str | None
    #: From 1.
    line: int | None
    #: In characters, from 1.
    column: int | None

    def __init__(
        self,
        message: str,
        code: str = "policy.text",
        file: str | None = None,
        line: int | None = None,
        column: int | None = None,
        text: str | None = None,
    ) -> None:
        super().__init__(message if text is None else text)
        self.code = code
        self.message = message
        self.file = file
        self.line = line
        self.column = column


class Denied(Exception):
    """A guarded function was not called, because the decision was not "allow".

    Its text is what a model may be told; everything else is in :attr:`decision`. It is no :class:`BailiwickError`:
    nothing is broken.

    >>> @engine.guard("erp.pay")
    ... def pay(iban: str, amount: str) -> None: ...
    >>> with task:
    ...     try:
    ...         pay("DE89", "900.00")
    ...     except Denied as denied:
    ...         print(denied, denied.decision.ask)
    This action needs a person's approval. ('owner',)
    """

    #: Why.
    decision: Decision

    def __init__(self, decision: Decision) -> None:
        super().__init__(decision.message)
        self.decision = decision
