"""An agent hands on less than it has; asking for more is cut, and said."""

from bailiwick import Engine, Origin

engine = Engine.from_dir("examples/office")
assistant = engine.begin(
    origin=Origin.user("https://idp.example", "emma"),
    agent=("https://agents.example", "assistant"),
    grant={"actions": ["read", "system:calendar"]},
)
specialist = assistant.delegate(
    ("https://agents.example", "specialist"),
    grant={"actions": ["read", "send_email"]},
    prompt="Find a date for the meeting",
)
print("cut:", *specialist.cut)
for tool, arguments in [("search_emails", {"query": "meeting"}), ("delete_email", {"email_id": "1"})]:
    decision = specialist.decide(tool, arguments)
    print(f"{tool}: {decision.effect} ({decision.reason.code}, hop {decision.reason.hop})")

# Prints:
# cut: capability 0 (read, send_email): narrowed to what is held
# search_emails: allow (permitted, hop None)
# delete_email: deny (grant.action, hop 0)
