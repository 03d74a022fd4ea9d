"""A loop of your own: ask before each tool call, and tell the model no more than it may know."""

from bailiwick import Engine, Origin

engine = Engine.from_dir("examples/office")
task = engine.begin(
    origin=Origin.user("https://idp.example", "emma"),
    agent=("https://agents.example", "assistant"),
    prompt="What is new in my inbox?",
)
calls: list[tuple[str, dict[str, object]]] = [
    ("get_unread_emails", {}),
    ("send_email", {"recipients": ["mark@black-market.example"], "subject": "Hi", "body": "…"}),
    ("send_email", {"recipients": [b"mark"], "subject": "Hi", "body": "…"}),
]
for tool, arguments in calls:
    decision = task.decide(tool, arguments)
    print(f"{tool}: {decision.effect} ({decision.reason.code}); the model hears: {decision.message}")

# Prints:
# get_unread_emails: allow (permitted); the model hears: This action is permitted.
# send_email: deny (policy.no_permit); the model hears: This action is not permitted.
# send_email: deny (call.malformed); the model hears: This action is not permitted.
