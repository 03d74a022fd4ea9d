"""
Private; use the package `bailiwick`.
"""

from typing import Any, final

__all__ = ["Decision", "Engine", "Log", "SigningKey", "Task", "reason_codes", "snapshot", "verify_consistency", "verify_inclusion"]

@final
class Decision:
    """
    A decision and, when a task made it, the call it is about.
    """
    @property
    def allowed(self, /) -> bool:
        """
        Whether the call may be made now.
        """
    def approval_request(self, /) -> str:
        """
        What a person must see to approve the call, as JSON.
        """
    @property
    def effect(self, /) -> str:
        """
        `allow`, `ask` or `deny`.
        """
    def explain(self, /) -> str:
        """
        The account for an operator.
        """
    @property
    def id(self, /) -> str:
        """
        Names the decision everywhere.
        """
    def is_of(self, /, tool: Any, arguments: Any) -> bool:
        """
        Whether this is the decision on exactly this call.
        """
    @property
    def message(self, /) -> str:
        """
        What the model may be told.
        """
    def to_bytes(self, /) -> bytes:
        """
        The audit entry.
        """

@final
class Engine:
    """
    An engine with its snapshots and log. Loading lets other threads run; it takes milliseconds.
    """
    def __new__(cls, /, *, policies: Any, schema: Any | None, catalog: Any | None, annotations: Any | None, registry: Any | None, entities: Any | None, trust: Any | None, revocations: Any | None, accept_claimed_chains: Any, seal_key: Any | None, compare_with_cedar: Any | None, all_reasons: Any, baseline: Any | None, standing: Any | None) -> Engine:
        """
        An engine of texts.
        """
    def absorb_event(self, /, event: Any, now_ms: Any | None) -> int:
        """
        Takes a security event token into the revocation snapshot.
        """
    def begin(self, /, start: Any, now_ms: Any | None) -> Task:
        """
        Begins a task.
        """
    def change_entities(self, /, changed: Any, removed: Any) -> None:
        """
        Puts changed resources in force.
        """
    def contract(self, /, prompt: Any) -> str:
        """
        What a prompt asks for, as JSON.
        """
    def decide(self, /, request: Any, ledger: Any | None, now_ms: Any | None) -> Decision:
        """
        Decides one request. Lets other threads run, as `Task.decide` does.
        """
    def decide_authzen(self, /, request: Any, asking: Any, ledger: Any | None, now_ms: Any | None) -> str:
        """
        Answers an evaluation request of `AuthZEN`; `asking` says what requests leave unsaid.
        """
    def decide_many(self, /, requests: Any, ledger: Any | None, now_ms: Any | None) -> list[Decision]:
        """
        Decides requests one after the other.
        """
    @staticmethod
    def from_dir(path: Any, *, catalog: Any | None, registry: Any | None, entities: Any | None, trust: Any | None, revocations: Any | None, accept_claimed_chains: Any, seal_key: Any | None, compare_with_cedar: Any | None, all_reasons: Any, baseline: Any | None, standing: Any | None) -> Engine:
        """
        An engine of a policy directory.
        """
    def lint(self, /) -> list[str]:
        """
        What is odd about the catalog.
        """
    def load_entities(self, /, entities: Any) -> None:
        """
        Puts resources in force.
        """
    def load_policies(self, /, policies: Any) -> None:
        """
        Puts policies in force.
        """
    def load_registry(self, /, registry: Any) -> None:
        """
        Puts a registry in force.
        """
    def load_revocations(self, /, revocations: Any) -> None:
        """
        Puts a revocation snapshot in force.
        """
    def load_trust(self, /, trust: Any) -> None:
        """
        Puts trust anchors in force.
        """
    def log(self, /) -> Log:
        """
        The log of this engine's decisions.
        """
    def parameters(self, /, tool: Any) -> list[str] | None:
        """
        The parameters of a tool; `None` when there is no such tool.
        """
    def reload(self, /, path: Any) -> None:
        """
        Puts a directory in force.
        """
    def report(self, /) -> str:
        """
        How the policies in force are evaluated, as JSON.
        """
    def resume(self, /, chain: Any, ledger: Any | None, now_ms: Any | None) -> Task:
        """
        Goes on with a chain.
        """
    def schema(self, /) -> str:
        """
        The generated schema.
        """
    def warnings(self, /) -> list[tuple[str, str, str | None, int | None, int | None, str]]:
        """
        What can never work, and what is odd about the policies: code, message, file, line, column, and all of it as one text.
        """

@final
class Log:
    """
    The log of an engine's decisions.
    """
    def consistency(self, /, old: Any, new: Any) -> list[str]:
        """
        Proof that a shorter log is a prefix of a longer one.
        """
    def entries(self, /, start: Any) -> list[bytes]:
        """
        The entries from `start` on.
        """
    def head(self, /, size: Any | None) -> tuple[int, str]:
        """
        Size and root, now or when the log had `size` entries.
        """
    def inclusion(self, /, index: Any, size: Any) -> list[str]:
        """
        Proof that an entry is in the log.
        """
    def verify(self, /, head: Any, entries: Any | None) -> str | None:
        """
        Hashes every entry again; `None` when all is as it was logged, otherwise what is wrong first.
        """

@final
class SigningKey:
    """
    A private key, wiped when it is dropped.
    """
    def __new__(cls, /, jwk: Any, issuer: Any | None) -> SigningKey:
        """
        A key of a private JWK.
        """
    def public(self, /) -> str:
        """
        The public half, as a JWK in JSON.
        """
    @property
    def thumbprint(self, /) -> str:
        """
        The thumbprint of the public half (RFC 7638).
        """

@final
class Task:
    """
    A task whose decisions are logged.
    """
    def approve(self, /, request: Any, by: Any, now_ms: Any | None) -> str:
        """
        Takes an approval; returns it as JSON.
        """
    def chain(self, /) -> str:
        """
        The chain, as JSON.
        """
    def contract(self, /) -> str | None:
        """
        What the work is for, as JSON; `None` without a prompt.
        """
    def cut(self, /) -> list[str]:
        """
        What the grant asked for and did not get.
        """
    def decide(self, /, tool: Any, arguments: Any, host: Any | None, presenter: Any | None, now_ms: Any | None) -> Decision:
        """
        Decides a call.

        Lets other threads run: most decisions take a few microseconds, but those on long arguments after long outputs take
        milliseconds. Giving the interpreter lock away and taking it back costs a tenth of a microsecond while nobody wants it.
        """
    def decide_many(self, /, calls: Any, host: Any | None, now_ms: Any | None) -> list[Decision]:
        """
        Decides calls, `(tool, arguments)` each, one after the other.
        """
    def delegate(self, /, handover: Any, now_ms: Any | None) -> Task:
        """
        Hands work to another agent.
        """
    def export(self, /, key: Any, format: Any) -> tuple[str, list[str]]:
        """
        Writes the chain down for another process: the evidence as JSON, and what was lost.
        """
    def extend(self, /, prompt: Any) -> None:
        """
        Another turn of the user.
        """
    def intent_cut(self, /) -> list[str]:
        """
        What the contract asked for beyond the prompt.
        """
    def know(self, /, facts: Any) -> None:
        """
        Takes in facts the operator vouches for.
        """
    def ledger(self, /) -> str | None:
        """
        What was spent so far, as JSON; `None` when that is no longer known.
        """
    def observe(self, /, tool: Any, arguments: Any, output: Any) -> None:
        """
        Takes in what a tool answered. Lets other threads run: a long answer takes milliseconds to read.
        """
    def observe_agent(self, /, child: Any, output: Any) -> None:
        """
        Takes in what the agent of a child task answered.
        """

def reason_codes() -> list[tuple[str, str]]:
    """
    Every reason code and its meaning.
    """

def snapshot(arguments: Any) -> Any:
    """
    A copy of JSON-like arguments in which every container is new, so that what is decided on cannot change before
    it is done. Raises where `decide` would say `call.malformed`.
    """

def verify_consistency(old: Any, new: Any, proof: Any) -> bool:
    """
    Whether `proof` shows that the log under `old` is a prefix of that under `new`.
    """

def verify_inclusion(head: Any, index: Any, entry: Any, proof: Any) -> bool:
    """
    Whether `proof` shows `entry` at `index` under `head`.
    """
