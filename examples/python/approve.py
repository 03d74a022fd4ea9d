"""A person says yes to one call: the ticket is JSON, so they may sit elsewhere."""

import json

from bailiwick import Engine, Origin

emma = Origin.user("https://idp.example", "emma")
engine = Engine.from_dir("examples/office")
assistant = engine.begin(origin=emma, agent=("https://agents.example", "assistant"))
task = assistant.delegate(("https://agents.example", "specialist"), grant={"actions": ["system:mail"]})

call = ("send_email", {"recipients": ["new.customer@example.org"], "subject": "Offer", "body": "…"})
decision = task.decide(*call)
print(decision.effect, decision.ask, decision.reason.detail)

ticket = json.dumps(decision.approval_request())
task.approve(ticket, by=emma)
print(task.decide(*call).effect, "then", task.decide(*call).effect)

# Prints:
# ask ('user',) somebody who is not in the address book would be written to
# allow then ask
