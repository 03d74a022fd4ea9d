"""Decides, before every action of an AI agent, whether it is still within what the person who started the work
delegated: Cedar policies over who started it, which agents stand in between, and the system acted on.

Load once, decide often. Loading raises :class:`PolicyError`, with file, line and column; deciding does not raise for
anything a model says: what cannot be shown to be allowed comes back as a deny. All times are milliseconds.

>>> from bailiwick import Engine, Origin
>>> engine = Engine(
...     policies={"all.cedar": 'permit(principal, action in [Action::"read", Action::"delegate"], resource);'},
...     catalog={"tools": [{"name": "mail.read", "system": "mail", "effects": ["read"], "parameters": {
...         "type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}}]},
...     registry={"agents": [{"issuer": "https://agents.example", "subject": "invoice-bot", "state": "active",
...                           "owner": {"issuer": "https://idp.example", "subject": "olga"}}]},
... )
>>> task = engine.begin(
...     origin=Origin.user("https://idp.example", "alice", groups=["finance"]),
...     agent=("https://agents.example", "invoice-bot"),
...     prompt="Find the March invoices",
... )
>>> d = task.decide("mail.read", {"id": "m-17"})
>>> d.effect, d.allowed
('allow', True)
>>> d = task.decide("mail.send", {"to": "mallory@example.org"})
>>> d.effect, d.reason.code
('deny', 'call.tool_unknown')
>>> d.message                       # all that the model should be told
'This action is not permitted.'
"""

from bailiwick._decision import Decision, Reason, reason_codes
from bailiwick._engine import Engine, Server
from bailiwick._errors import BailiwickError, Denied, PolicyError, PolicyWarning
from bailiwick._identity import Agent, Origin
from bailiwick._keys import SigningKey
from bailiwick._log import Log
from bailiwick._task import Exported, Task, current_task

__all__ = [
    "Agent",
    "BailiwickError",
    "Decision",
    "Denied",
    "Engine",
    "Exported",
    "Log",
    "Origin",
    "PolicyError",
    "PolicyWarning",
    "Reason",
    "Server",
    "SigningKey",
    "Task",
    "current_task",
    "reason_codes",
]
