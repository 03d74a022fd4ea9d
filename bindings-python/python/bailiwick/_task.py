"""A piece of work in progress."""

from __future__ import annotations

import json
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

from bailiwick import _native
from bailiwick._decision import Decision
from bailiwick._errors import BailiwickError
from bailiwick._identity import Agent, Origin, agent_document, origin_document
from bailiwick._keys import SigningKey, native_key

if TYPE_CHECKING:
    from bailiwick._engine import Engine

#: The tasks entered and not left, innermost last. A tuple: contexts copied from this one must not see later changes.
_entered: ContextVar[tuple[Task, ...]] = ContextVar("bailiwick.tasks", default=())


def current_task() -> Task | None:
    """The task whose ``with`` block this is, in this thread and asyncio task; ``None`` outside of all.

    A new asyncio task, and ``asyncio.to_thread``, begin with the current task of their maker; a bare thread, and a
    ``ThreadPoolExecutor``, begin with none: carry it with ``contextvars.copy_context().run``. In a generator, enter
    the task around each step, not across a ``yield``.

    >>> with task:
    ...     current_task() is task
    True
    >>> current_task() is None
    True
    """
    entered = _entered.get()
    return entered[-1] if entered else None


def _is_model(output: Any) -> bool:
    # Asked of the class, which runs no code of the object's.
    return callable(getattr(type(output), "model_dump", None))


def _dumped(output: Any) -> Any:
    """What an output holds, where it is a model of pydantic, or some of them."""
    if type(output) in (list, tuple):
        return [_dumped(item) for item in output] if any(_is_model(item) for item in output) else output
    if not _is_model(output):
        return output
    try:
        return output.model_dump(mode="json")
    except Exception as error:
        raise BailiwickError(f"output: `model_dump` of `{type(output).__name__}` failed: {error}") from error


@dataclass(frozen=True, slots=True)
class Exported:
    """A chain, written down for another process by :meth:`Task.export`.

    >>> exported = task.export(key)
    >>> exported.evidence["format"], exported.lossy
    ('native', [])
    """

    #: For :meth:`Engine.resume`, or the ``chain`` of a request, where the signer is trusted.
    evidence: dict[str, Any]
    #: One word for each thing about the work that the format cannot say, sorted; empty when nothing was lost.
    lossy: list[str]


class Task:
    """A piece of work under one chain, made by :meth:`Engine.begin`, :meth:`Engine.resume` or :meth:`delegate`.
    Safe to share between threads; its children draw on its budgets.

    As a context manager it is the :func:`current_task`, which guarded functions ask.

    >>> with task:
    ...     current_task().decide("mail.read", {"id": "m-17"}).effect
    'allow'
    """

    __slots__ = ("_engine", "_followed", "_native")

    def __init__(self, engine: Engine, native: _native.Task) -> None:
        self._engine = engine
        self._native = native
        self._followed: bool | None = None

    def decide(
        self,
        tool: str,
        arguments: dict[str, Any],
        *,
        host: dict[str, Any] | None = None,
        presenter: dict[str, Any] | None = None,
        now_ms: int | None = None,
    ) -> Decision:
        """Whether the acting agent may make this call now. An allow draws on budgets and uses up approvals.

        ``arguments`` are those that will be passed: ``None``, ``bool``, ``int`` (64 bits), finite ``float``, ``str``,
        ``list``, ``tuple``, ``dict`` with ``str`` names, and ``decimal.Decimal`` with at most four places. Anything
        else, a subclass or a cycle included, is denied with ``call.malformed``. ``host`` are facts for
        ``context.host``; ``now_ms`` replaces the host's clock.

        ``presenter`` is what the host knows of the one who brings the call: ``agent``, ``key`` (the thumbprint it
        was authenticated with), ``session``, and ``proof``, a proof of possession that came with the call. It must be
        the chain's holder; a presenter that cannot be read is denied with ``call.malformed``.

        Raises :class:`BailiwickError` when ``tool`` is no ``str``, or for ``host`` or ``now_ms`` of the wrong type.

        >>> task.decide("erp.pay", {"iban": "DE89", "amount": "480.00"}).effect
        'allow'
        >>> task.decide("erp.pay", {"iban": b"DE89", "amount": "480.00"}).reason.detail
        '`iban`: `bytes` is not a JSON value'
        >>> task.decide("mail.read", {"id": "m-17"}, presenter={"session": "another"}).reason.code
        'chain.session'
        """
        return Decision(self._native.decide(tool, arguments, host, presenter, now_ms))

    def decide_many(
        self,
        calls: list[tuple[str, dict[str, Any]]],
        *,
        host: dict[str, Any] | None = None,
        now_ms: int | None = None,
    ) -> list[Decision]:
        """Decides calls, ``(tool, arguments)`` each, one after the other, each as :meth:`decide` does: what an
        earlier one draws on budgets is gone for a later one. For replay and gateways; the log is locked once.

        >>> calls = [("mail.read", {"id": "m-17"}), ("mail.read", {"id": 3})]
        >>> [decision.effect for decision in task.decide_many(calls)]
        ['allow', 'deny']
        """
        return [Decision(native) for native in self._native.decide_many(calls, host, now_ms)]

    def observe(self, tool: str, arguments: dict[str, Any], output: Any) -> None:
        """Takes in what a tool answered to a call: later calls may use its values, as far as they can be trusted. It
        never widens what the work is for. Guarded functions do this by themselves.

        ``output`` is a JSON value; records, as dicts and lists, say more than the same as text. A result of MCP
        (``{"content": [...], "structuredContent": ...}``) and a list of content parts, as MCP, Anthropic and OpenAI
        write them, count as what they say, and a text in them that is JSON as the records it is; models of pydantic,
        such as those of MCP's SDK, as what they hold. Raises :class:`BailiwickError`, ``usage``, for anything else, and
        for a task without a prompt.

        >>> paying = engine.begin(origin=alice, agent=("https://agents.example", "invoice-bot"), prompt="Pay RE-2041")
        >>> call = ("erp.pay", {"iban": "DE89370400440532013000", "amount": "480.00"})
        >>> paying.decide(*call).intent["grounding"]["destination"]
        'nowhere'
        >>> paying.observe("mail.read", {"id": "m-17"}, {"invoice": "RE-2041", "iban": "DE89370400440532013000"})
        >>> paying.decide(*call).intent["grounding"]["destination"]
        'keyed'
        """
        self._native.observe(tool, arguments, _dumped(output))

    def observe_agent(self, child: Task, output: Any) -> None:
        """Takes in what the agent of ``child``, a task this one delegated to, answered: nothing in it counts for more
        than the worst that agent has read.

        Raises as :meth:`observe` does.

        >>> paying = engine.begin(origin=alice, agent=("https://agents.example", "invoice-bot"), prompt="Pay RE-2041")
        >>> reader = paying.delegate(("https://agents.example", "research-bot"), grant={"actions": ["read"]})
        >>> paying.observe_agent(reader, {"invoice": "RE-2041", "iban": "DE89370400440532013000"})
        >>> call = ("erp.pay", {"iban": "DE89370400440532013000", "amount": "480.00"})
        >>> paying.decide(*call).intent["verdict"] == "aligned"
        False
        """
        self._native.observe_agent(native_task(child), _dumped(output))

    def extend(self, prompt: str) -> None:
        """Another turn of the user: what it asks for is added to what the work is for. Only for the user's own words;
        what a tool answers goes to :meth:`observe`.

        Raises :class:`BailiwickError`, ``usage``, for a task without a prompt, and for one that was handed on: its user
        is another agent.

        >>> bot = ("https://agents.example", "invoice-bot")
        >>> reading = engine.begin(origin=alice, agent=bot, prompt="What does the March invoice say?")
        >>> reading.extend("Good, now pay it")
        >>> any("erp.pay" in grant["tools"] for grant in reading.contract["grants"])
        True
        """
        self._native.extend(prompt)

    def know(self, facts: Any) -> None:
        """Takes in facts the operator vouches for, such as the user's own addresses: a JSON value.

        Raises as :meth:`observe` does.

        >>> paying = engine.begin(origin=alice, agent=("https://agents.example", "invoice-bot"), prompt="Pay my rent")
        >>> paying.know({"landlord": "DE89370400440532013000"})
        >>> call = ("erp.pay", {"iban": "DE89370400440532013000", "amount": "480.00"})
        >>> paying.decide(*call).intent["grounding"]["destination"]
        'trusted'
        """
        self._native.know(facts)

    def approve(
        self, ticket: dict[str, Any] | str, *, by: Origin | tuple[str, str] | dict[str, Any], now_ms: int | None = None
    ) -> dict[str, Any]:
        """Takes a person's approval of the call in ``ticket`` (:meth:`Decision.approval_request`, as a dict or as
        JSON text). The next :meth:`decide` on exactly that call, within fifteen minutes, uses it up. The host vouches
        that it was ``by`` who said yes.

        Returns the approval, for the ``approvals`` of a request to :meth:`Engine.decide`. Raises
        :class:`BailiwickError`: ``approval.invalid`` for a ticket this engine did not make, ``approval.mismatch`` for
        one of another task, ``approval.role`` when ``by`` holds none of the roles.

        >>> call = ("erp.pay", {"iban": "DE89", "amount": "900.00"})
        >>> approval = task.approve(task.decide(*call).approval_request(), by=olga)
        >>> task.decide(*call).effect, task.decide(*call).effect
        ('allow', 'ask')
        """
        return cast("dict[str, Any]", json.loads(self._native.approve(ticket, origin_document(by, "by"), now_ms)))

    def delegate(
        self,
        agent: Agent | tuple[str, str] | dict[str, Any],
        *,
        grant: dict[str, Any],
        key: dict[str, Any] | None = None,
        terms: dict[str, Any] | None = None,
        prompt: str | None = None,
        contract: dict[str, Any] | None = None,
        lifetime_ms: int | None = None,
        depth_max: int | None = None,
        own_authority: bool = False,
        now_ms: int | None = None,
    ) -> Task:
        """Hands work to another agent. The child may do what the grant says *and* this task may do; :attr:`cut` says
        what that left out. Policies are asked with every call of the child whether the delegation is permitted.

        ``grant`` is ``{"actions": ["read", …]}``, with ``resources``, ``arguments``, ``approvers``, ``expires_ms`` and
        ``budgets`` to narrow it; ``actions`` name tools or groups, and one nobody knows is an error (``usage``), as are
        arguments no such tool has, approvers nobody knows, and times that have passed.
        ``lifetime_ms`` and ``depth_max`` are this task's unless less is said. With ``own_authority`` the delegate acts
        on rights of its own, where a policy annotated ``@own_authority`` permits that. ``key`` and ``terms`` are as in
        :meth:`Engine.begin`; terms that are not given are those of this task.

        The child's work is for what this task's is for: ``contract`` can narrow that, and ``prompt`` adds nothing.

        Raises :class:`BailiwickError`: ``chain.depth``, ``chain.cycle``, ``chain.expired``, ``json.malformed``.

        >>> reader = task.delegate(("https://agents.example", "research-bot"), grant={"actions": ["read"]})
        >>> reader.decide("mail.read", {"id": "m-17"}).effect
        'allow'
        >>> reader.decide("erp.pay", {"iban": "DE89", "amount": "1.00"}).reason.code
        'grant.action'
        """
        handover = {
            "agent": agent_document(agent, "delegate: `agent`"),
            "grant": grant,
            "key": key,
            "terms": terms,
            "prompt": prompt,
            "contract": contract,
            "lifetime_ms": lifetime_ms,
            "depth_max": depth_max,
            "own_authority": own_authority,
        }
        return Task(self._engine, self._native.delegate(handover, now_ms))

    def export(self, key: SigningKey, format: str | dict[str, Any] = "native") -> Exported:
        """Writes the chain down for another process, which believes it when it trusts the issuer of ``key``. The
        formats are ``"native"``, which loses nothing, ``"attenuated_jwt"`` (JWTs in the shape
        of the AAT draft, read back as ``aat``) and ``{"access_token": {"audience": …}}``.

        Raises :class:`BailiwickError`, ``usage``: for a chain that is only claimed or came in another format, for a
        link that another key must sign, and where the format cannot say a limit of the chain.

        >>> engine.load_trust(trust)
        >>> received = engine.resume(task.export(key).evidence)
        >>> received.decide("mail.read", {"id": "m-17"}).to_dict()["chain"]["proof_level"]
        3
        >>> task.export(key, {"access_token": {"audience": "https://erp.example"}}).lossy
        ['purpose']
        """
        evidence, lossy = self._native.export(native_key(key), format)
        return Exported(json.loads(evidence), lossy)

    @property
    def engine(self) -> Engine:
        """The engine that decides.

        >>> task.engine is engine
        True
        """
        return self._engine

    @property
    def chain(self) -> dict[str, Any]:
        """The chain, sealed: :meth:`Engine.resume` takes it, with :attr:`ledger`, in a process with the same seal key.

        >>> task.chain["links"][0]["delegate"]
        {'issuer': 'https://agents.example', 'subject': 'invoice-bot'}
        """
        return cast("dict[str, Any]", json.loads(self._native.chain()))

    @property
    def ledger(self) -> dict[str, Any] | None:
        """What was spent so far under this task's budgets, and which approvals and proofs were used, by this task and
        those it delegated to: keep it with :attr:`chain`. ``None`` when that is no longer known.

        >>> task.ledger
        {'approvals': [], 'spent': []}
        """
        ledger = self._native.ledger()
        return None if ledger is None else cast("dict[str, Any]", json.loads(ledger))

    @property
    def cut(self) -> list[str]:
        """What the grant of this task asked for and did not get, a sentence each.

        >>> reader = task.delegate(("https://agents.example", "research-bot"), grant={"actions": ["read"]}, depth_max=9)
        >>> reader.cut
        ['depth: 9 is lowered to 4']
        """
        return self._native.cut()

    @property
    def contract(self) -> dict[str, Any] | None:
        """What the work is for, as it is understood now, in the form of :meth:`Engine.contract`; ``None`` for a task
        without a prompt.

        >>> task.contract["mode"], task.contract["grants"][0]["evidence"]["text"]
        ('bounded', 'Pay')
        """
        contract = self._native.contract()
        return None if contract is None else cast("dict[str, Any]", json.loads(contract))

    @property
    def intent_cut(self) -> list[str]:
        """What the contract this task was begun with asked for beyond the prompt, a sentence each. For a task that was
        delegated, that is in :attr:`cut`.

        >>> bot = ("https://agents.example", "invoice-bot")
        >>> wanted = {"mode": "read_only", "grants": [{"tools": ["erp.pay"]}]}
        >>> engine.begin(origin=alice, agent=bot, prompt="What did Acme write?", contract=wanted).intent_cut
        ['intent: `erp.pay` is not asked for']
        """
        return self._native.intent_cut()

    def _is_followed(self) -> bool:
        """Whether it has a prompt, or a contract in its place. That never changes."""
        if self._followed is None:
            self._followed = self._native.contract() is not None
        return self._followed

    def _observe_if_followed(self, tool: str, arguments: dict[str, Any], output: Any) -> None:
        """:meth:`observe`, for guards: what is done is done, so nothing is raised over what it returned. An output that
        cannot be observed at all leaves its values unknown, and calls with them are judged the worse for it."""
        if not self._is_followed():
            return
        try:
            self._native.observe(tool, arguments, _dumped(output))
        except BailiwickError:
            with suppress(Exception):
                text = str(output).encode(errors="replace").decode()
                self._native.observe(tool, arguments, text)

    def __enter__(self) -> Task:
        _entered.set((*_entered.get(), self))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        entered = _entered.get()
        if not entered or entered[-1] is not self:
            # Going on would leave another task's authority in force here.
            _entered.set(())
            raise BailiwickError("tasks were left in another order than they were entered")
        _entered.set(entered[:-1])

    def __repr__(self) -> str:
        chain = self.chain
        return f"<Task {chain['id']!r} {chain['links'][-1]['delegate']['subject']!r}>"


def native_task(task: object) -> object:
    """The task as the engine knows it; what is no task goes through, for the engine to refuse."""
    return task._native if isinstance(task, Task) else task
