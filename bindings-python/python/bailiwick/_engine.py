"""Policies, schema and catalog, loaded and checked."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable
from typing import Any, Literal, ParamSpec, TypeAlias, TypedDict, TypeVar, cast, overload

from bailiwick import _native
from bailiwick._decision import Decision
from bailiwick._errors import PolicyWarning
from bailiwick._guard import guarded
from bailiwick._identity import Agent, Origin, agent_document, origin_document
from bailiwick._log import Log
from bailiwick._task import Task

P = ParamSpec("P")
R = TypeVar("R")

#: JSON, as text or as Python has it.
Document: TypeAlias = str | dict[str, Any] | list[Any]


class _Named(TypedDict):
    name: str
    tools: Document


class Server(_Named, total=False):
    """One of several servers in a catalog: its ``tools`` are those of its answer to ``tools/list``, or a document in
    another format of the catalog. Calls, policies and annotations name them with the ``prefix`` in front.

    >>> github: Server = {"name": "github", "prefix": "github__", "trust": "trusted", "tools": [{"name": "search"}]}
    >>> Engine({"all.cedar": ""}, catalog=[github]).parameters("github__search")
    []
    """

    #: Put before the name of each tool, as it is: ``"github__"``, ``"mcp__github__"``. None unless given.
    prefix: str
    #: The system the tools belong to; the server's name unless given.
    system: str
    #: Whether what the server says of its own tools is believed; ``"untrusted"`` unless given.
    trust: Literal["trusted", "untrusted"]


Baseline: TypeAlias = Literal["observe", "balanced", "strict"]


class Engine:
    """Policies, schema and catalog, loaded and checked, with the registry and entities in force and the log of what
    was decided. Make one and share it between threads; what is in force can be replaced at any time, atomically.

    ``policies`` and ``schema`` are Cedar texts by name (a name that ends in ``.cedar.json`` is Cedar's JSON format);
    ``catalog`` says what the tools are (our format, MCP's ``tools/list`` or OpenAI functions; or a list of servers,
    each a :class:`Server`), ``annotations`` what tools of the latter two do; ``registry`` says which agents there are,
    ``entities`` are the host's own resources in Cedar's JSON format; ``trust`` says whom chains from elsewhere are
    believed from (nobody, without it), and ``revocations`` what was taken back. Documents are given as JSON text, or as
    dicts and lists.

    ``accept_claimed_chains`` lets :meth:`decide` decide on chains nobody has proven. ``seal_key`` are 32 random bytes;
    processes that share them accept each other's sealed chains and approvals; without, they are made anew.
    ``compare_with_cedar=N`` has one decision in N compared with Cedar's own, gate by gate, and denied
    (``engine.oracle``) where they differ; such a decision costs what Cedar costs. ``all_reasons=False`` evaluates
    only as many permits as a decision takes: it decides the same, and names fewer.

    ``baseline`` puts in force, beside the policies, the ones we ship for the intent of calls: ``"observe"`` only says
    what the next one would do, ``"balanced"`` denies what the prompt did not ask for and asks where it perhaps did,
    ``"strict"`` wants plain words for what cannot be undone. They only forbid. ``standing`` are tools that count as
    asked for whatever the prompt says.

    Raises :class:`PolicyError` with file, line and column when anything does not load.

    >>> Engine(policies={"all.cedar": "permit(principal, action, resource)"})
    Traceback (most recent call last):
    bailiwick._errors.PolicyError: all.cedar:1:36: unexpected end of input
    """

    __slots__ = ("__weakref__", "_native")

    def __init__(
        self,
        policies: dict[str, str],
        *,
        schema: dict[str, str] | None = None,
        catalog: Document | list[Server] | None = None,
        annotations: Document | None = None,
        registry: Document | None = None,
        entities: Document | None = None,
        trust: Document | None = None,
        revocations: Document | None = None,
        accept_claimed_chains: bool = False,
        seal_key: bytes | None = None,
        compare_with_cedar: int | None = None,
        all_reasons: bool = True,
        baseline: Baseline | None = None,
        standing: list[str] | None = None,
    ) -> None:
        self._native = _native.Engine(
            policies=policies,
            schema=schema,
            catalog=catalog,
            annotations=annotations,
            registry=registry,
            entities=entities,
            trust=trust,
            revocations=revocations,
            accept_claimed_chains=accept_claimed_chains,
            seal_key=seal_key,
            compare_with_cedar=compare_with_cedar,
            all_reasons=all_reasons,
            baseline=baseline,
            standing=standing,
        )
        self._warn()

    @classmethod
    def from_dir(
        cls,
        path: str | os.PathLike[str],
        catalog: str | os.PathLike[str] | None = None,
        *,
        accept_claimed_chains: bool = False,
        seal_key: bytes | None = None,
        compare_with_cedar: int | None = None,
        all_reasons: bool = True,
        baseline: Baseline | None = None,
        standing: list[str] | None = None,
        registry: Document | None = None,
        entities: Document | None = None,
        trust: Document | None = None,
        revocations: Document | None = None,
    ) -> Engine:
        """An engine of a directory: ``*.cedar``, ``*.cedar.json``, ``*.cedarschema``, ``tools.json``,
        ``registry.json``, ``entities.json``, ``trust.json`` and ``revocations.json``, sub-directories included. More
        tools are in ``tools/NAME.json`` or ``NAME/tools.json``, those of the server ``NAME``;
        ``annotations.json`` says what the tools do. ``catalog`` is the path
        of a file in place of all of these; the other documents take the place of the files.

        Raises :class:`PolicyError`, ``file.unreadable`` when there is no policy in the directory.

        >>> Engine.from_dir("no/such/directory")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        bailiwick._errors.PolicyError: no/such/directory: No such file or directory ...
        """
        engine = cls.__new__(cls)
        engine._native = _native.Engine.from_dir(
            path,
            catalog=catalog,
            registry=registry,
            entities=entities,
            trust=trust,
            revocations=revocations,
            accept_claimed_chains=accept_claimed_chains,
            seal_key=seal_key,
            compare_with_cedar=compare_with_cedar,
            all_reasons=all_reasons,
            baseline=baseline,
            standing=standing,
        )
        engine._warn()
        return engine

    def begin(
        self,
        *,
        origin: Origin | tuple[str, str] | dict[str, Any],
        agent: Agent | tuple[str, str] | dict[str, Any],
        prompt: str | None = None,
        contract: dict[str, Any] | None = None,
        grant: dict[str, Any] | None = None,
        key: dict[str, Any] | None = None,
        terms: dict[str, Any] | None = None,
        id: str | None = None,
        lifetime_ms: int | None = None,
        depth_max: int | None = None,
        now_ms: int | None = None,
    ) -> Task:
        """Begins a piece of work that ``origin`` hands to ``agent``. Either may be a pair ``(issuer, subject)``; an
        origin given so is a user.

        ``prompt`` is what the origin asked for, in their words; ``grant`` what is passed on, everything the origin
        may do unless given; ``id`` must be unique among the host's tasks, and is made when not given; ``lifetime_ms``
        is one hour and ``depth_max``, the deepest hop the work may be delegated to, 4 unless given.

        With a prompt, every decision says whether the call serves it (:attr:`Decision.intent`). ``contract`` is what
        somebody else made of the prompt, in the form of :meth:`contract`: it can only narrow what the prompt asks for,
        :attr:`Task.intent_cut` says what that left out. One whose ``issuer`` is ``"person"`` counts as it is: the host
        vouches that a person signed it.

        ``key`` is the agent's public key, as a JWK: what it proves itself with, and signs further links with.
        ``terms`` is what else the link says: ``purpose_code``, ``targets`` (names of systems), ``mission``,
        ``redelegate_to`` and ``reauthorization``.

        Raises :class:`BailiwickError`: ``json.malformed`` for what is not of the shape, or the code of the chain.

        >>> engine.begin(origin=alice, agent=("https://agents.example", "invoice-bot"), id="task-17")
        <Task 'task-17' 'invoice-bot'>
        """
        start = {
            "origin": origin_document(origin, "begin: `origin`"),
            "agent": agent_document(agent, "begin: `agent`"),
            "prompt": prompt,
            "contract": contract,
            "grant": grant,
            "key": key,
            "terms": terms,
            "id": id,
            "lifetime_ms": lifetime_ms,
            "depth_max": depth_max,
        }
        return Task(self, self._native.begin(start, now_ms))

    def contract(self, prompt: str) -> dict[str, Any]:
        """What a prompt asks for: ``mode`` (``read_only``, ``bounded`` or ``delegated``), ``grants`` with the ``tools``
        that do it, the words they follow from and their bounds, ``denies``, ``standing``, and ``confidence``, how much
        of the prompt was understood, in thousandths. No model takes part: the same prompt gives the same contract.

        >>> contract = engine.contract("Pay the March invoice, at most 500 EUR")
        >>> contract["grants"][0]["tools"], contract["grants"][0]["amount_max"]
        (['erp.pay'], '500.0')
        >>> engine.contract("What does mail m-17 say?")["mode"]
        'read_only'
        """
        return cast("dict[str, Any]", json.loads(self._native.contract(prompt)))

    def resume(self, chain: Document, *, ledger: Document | None = None, now_ms: int | None = None) -> Task:
        """Goes on with the chain of another :class:`Task`, or with evidence from elsewhere: the ``evidence`` of
        :meth:`Task.export`, or ``{"format": "access_token", "token": …}`` and its like, from those in ``trust``.

        ``ledger`` is what was spent under the chain before (:attr:`Task.ledger`). Without it a chain with budgets is
        refused (``grant.ledger``), and calls with side effects that come with a proof of possession are denied
        (``proof.ledger``): nobody could tell that the proof was not used.

        Raises :class:`BailiwickError` with the code of what is wrong: ``chain.seal``, ``chain.expired``,
        ``token.signature``, …

        >>> engine.resume(task.chain).decide("mail.read", {"id": "m-17"}).effect
        'allow'
        >>> engine.resume(task.chain, ledger=task.ledger).ledger
        {'approvals': [], 'spent': []}
        >>> engine.load_trust(trust)
        >>> engine.resume(task.export(key).evidence).decide("mail.read", {"id": "m-17"}).effect
        'allow'
        """
        return Task(self, self._native.resume(chain, ledger, now_ms))

    def decide(self, request: Document, *, ledger: Document | None = None, now_ms: int | None = None) -> Decision:
        """Decides one request ``{"chain", "call": {"tool", "arguments"}, "presenter"?, "host"?, "approvals"?}`` on
        its own, for gateways and replay; ``chain`` may be evidence, as for :meth:`resume`. What is no request is
        denied with ``request.malformed``. ``ledger`` says what was spent and which approvals and proofs were used,
        ``{"spent": […], "approvals": […], "proofs": […]}``; without one, budgets, approvals and proofs do not count
        as open.

        Raises :class:`BailiwickError` only for a ``ledger`` or ``now_ms`` that is none.

        >>> request = {"chain": task.chain, "call": {"tool": "mail.read", "arguments": {"id": "m-17"}}}
        >>> engine.decide(request).effect
        'allow'
        >>> engine.decide("{}").reason.code
        'request.malformed'
        """
        return Decision(self._native.decide(request, ledger, now_ms))

    def decide_many(
        self, requests: list[Document], *, ledger: Document | None = None, now_ms: int | None = None
    ) -> list[Decision]:
        """Decides requests one after the other, each as :meth:`decide` does. Chains given as evidence are verified
        once for all of them.

        >>> request = {"chain": task.chain, "call": {"tool": "mail.read", "arguments": {"id": "m-17"}}}
        >>> [decision.effect for decision in engine.decide_many([request, "{}"])]
        ['allow', 'deny']
        """
        return [Decision(native) for native in self._native.decide_many(requests, ledger, now_ms)]

    def decide_authzen(
        self,
        request: Document,
        *,
        subject_issuer: str | None = None,
        agent: Agent | tuple[str, str] | dict[str, Any] | None = None,
        ledger: Document | None = None,
        now_ms: int | None = None,
    ) -> dict[str, Any]:
        """Answers an evaluation request of AuthZEN 1.0, or a batch of them, in AuthZEN's form; the decisions are
        logged. ``subject_issuer`` is the issuer of subjects without ``properties.issuer``, ``agent`` the one that
        calls when the request names none. Who asks this way only claims: unless the delegation in the request's
        ``context`` is proven, the engine must accept claimed chains.

        Raises :class:`BailiwickError` only for a ``subject_issuer``, ``agent``, ``ledger`` or ``now_ms`` that is
        none; what is no request is answered with ``"decision": False``.

        >>> request = {
        ...     "subject": {"type": "user", "id": "alice"},
        ...     "action": {"name": "mail.read"},
        ...     "resource": {"type": "tool", "id": "mail.read"},
        ...     "context": {"arguments": {"id": "m-17"}, "delegation": task.chain},
        ... }
        >>> answer = engine.decide_authzen(request, subject_issuer="https://idp.example")
        >>> answer["decision"], answer["context"]["code"]
        (True, 'permitted')
        >>> engine.decide_authzen("{}")["decision"]
        False
        """
        default = None if agent is None else agent_document(agent, "decide_authzen: `agent`")
        asking = {"subject_issuer": subject_issuer, "agent": default}
        return cast("dict[str, Any]", json.loads(self._native.decide_authzen(request, asking, ledger, now_ms)))

    @overload
    def guard(self, function: Callable[P, R], /) -> Callable[P, R]: ...

    @overload
    def guard(self, tool: str, /) -> Callable[[Callable[P, R]], Callable[P, R]]: ...

    def guard(self, function: Callable[P, R] | str, /) -> Any:
        """Makes a function a tool that asks first: the :func:`current_task` decides on the arguments by name,
        defaults included, and the function is called with a copy of exactly these. Plain and ``async`` functions,
        and bound methods; the tool is called like the function unless a name is given.

        What the function returns is observed by the task that decided (:meth:`Task.observe`), if it has a prompt; as
        its ``str()`` where it is no JSON value. It is returned as it is, and never lost over that. What the function
        raises is not observed.

        The decorated function raises :class:`Denied` when the decision is not "allow", and :class:`BailiwickError`
        outside of a task of this engine. Decorating raises :class:`BailiwickError` for a function with parameters
        that have no name to decide by (``*args``, ``**kwargs``, positional-only), and for one whose code takes other
        parameters than its ``__signature__`` says.

        >>> @engine.guard("mail.read")
        ... def read(id: str) -> str:
        ...     return f"the mail {id}"
        >>> with task:
        ...     read("m-17")
        'the mail m-17'
        >>> read("m-17")
        Traceback (most recent call last):
        bailiwick._errors.BailiwickError: `mail.read` was called outside of a task: use `with task:`
        """
        if isinstance(function, str):
            tool = function
            return lambda function: guarded(self, tool, function)
        return guarded(self, None, function)

    def load_policies(self, policies: dict[str, str]) -> None:
        """Puts policies in force in place of all others; decisions under way finish with the old ones. Raises
        :class:`PolicyError`, and then the old ones stay.

        >>> engine.load_policies({"none.cedar": ""})
        >>> task.decide("mail.read", {"id": "m-17"}).reason.code
        'policy.no_permit'
        """
        self._native.load_policies(policies)
        self._warn()

    def load_registry(self, registry: Document) -> None:
        """Puts a registry in force. Raises :class:`PolicyError`, and then the old one stays.

        >>> engine.load_registry({"agents": []})
        >>> task.decide("mail.read", {"id": "m-17"}).reason.code
        'registry.unknown'
        """
        self._native.load_registry(registry)
        self._warn()

    def load_entities(self, entities: Document) -> None:
        """Puts the host's resources in force. Raises :class:`PolicyError`, and then the old ones stay.

        >>> engine.load_entities([])
        """
        self._native.load_entities(entities)

    def change_entities(self, changed: Document, removed: list[dict[str, str]] | None = None) -> None:
        """Puts in force the host's resources of now with those of ``changed`` (Cedar's JSON format) put in or
        changed, and those of ``removed`` (``{"type", "id"}``) taken out. What is not named is shared with the old
        snapshot: the cost does not grow with how many there are. Raises :class:`PolicyError`, and then the old ones
        stay.

        >>> engine.change_entities([], removed=[{"type": "Doc", "id": "d-1"}])
        """
        self._native.change_entities(changed, removed or [])

    def load_trust(self, trust: Document) -> None:
        """Puts trust anchors in force: tasks and chains that came with others are verified anew. Raises
        :class:`PolicyError`, and then the old ones stay.

        >>> engine.load_trust({"issuers": []})
        """
        self._native.load_trust(trust)

    def load_revocations(self, revocations: Document) -> None:
        """Puts a revocation snapshot in force. Raises :class:`PolicyError`, and then the old one stays.

        >>> engine.load_revocations({"as_of_ms": 1_700_000_000_000, "max_age_ms": 300_000})
        >>> task.decide("mail.read", {"id": "m-17"}).reason.code
        'revocation.stale'
        """
        self._native.load_revocations(revocations)

    def absorb_event(self, event: str, *, now_ms: int | None = None) -> int:
        """Takes a security event token (RFC 8417) of an issuer in the trust document into the revocation snapshot in
        force, and says how many of its events counted. The snapshot gets no younger by it.

        Raises :class:`BailiwickError`: ``usage`` without trust document or snapshot, or with the code of what is
        wrong with the token.

        >>> engine.absorb_event("not a token")
        Traceback (most recent call last):
        bailiwick._errors.BailiwickError: security events need trust anchors and a revocation snapshot
        """
        return self._native.absorb_event(event, now_ms)

    def reload(self, path: str | os.PathLike[str]) -> None:
        """Puts the policies of a directory in force, and its ``registry.json``, ``entities.json``, ``trust.json`` and
        ``revocations.json`` when it has them: all, or :class:`PolicyError` and none. Catalog and schema stay as they
        are.

        >>> engine.reload("no/such/directory")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        bailiwick._errors.PolicyError: no/such/directory: No such file or directory ...
        """
        self._native.reload(path)
        self._warn()

    def report(self) -> dict[str, Any]:
        """How the policies in force are evaluated: ``policies`` and ``compiled`` count them, ``fallen_back`` names
        those that Cedar evaluates one by one, ``unscoped`` those that every call must look at, ``expressions`` counts
        the different expressions of all conditions.

        >>> engine.report()["fallen_back"]
        []
        """
        return cast("dict[str, Any]", json.loads(self._native.report()))

    @property
    def schema(self) -> str:
        """The Cedar schema policies are validated against, for editors and reviewers.

        >>> 'action "erp.pay"' in engine.schema
        True
        """
        return self._native.schema()

    @property
    def warnings(self) -> list[PolicyWarning]:
        """What can never work with the policies and the registry in force, and what is odd about the policies: the
        warnings of ``bailiwick check``. A policy that can never apply, for example, a tool that no policy permits, an
        agent nobody may delegate to. Those with a place in a text are emitted, too, when policies or a registry are
        loaded.

        >>> engine.warnings
        []
        """
        return [PolicyWarning(*told) for told in self._native.warnings()]

    @property
    def lint(self) -> list[str]:
        """What is odd about the catalog, such as a tool nobody has said the effect of.

        >>> engine.lint
        []
        """
        return self._native.lint()

    def _warn(self) -> None:
        """Emits what is odd about the texts in force, in the name of whoever had them loaded. What has no place, such
        as a tool without a permit, may be meant so, and is only listed."""
        for warning in self.warnings:
            if warning.line is not None:
                warnings.warn(warning, stacklevel=3)

    def parameters(self, tool: str) -> list[str] | None:
        """The names of a tool's parameters; ``None`` when there is no such tool.

        >>> engine.parameters("erp.pay")
        ['iban', 'amount']
        """
        return self._native.parameters(tool)

    @property
    def log(self) -> Log:
        """The log of what this engine decided.

        >>> _ = task.decide("mail.read", {"id": "m-17"})
        >>> engine.log.verify(engine.log.head())
        """
        return Log(self._native.log())
