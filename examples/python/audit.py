"""Every decision is in the log, and the log can prove it."""

from bailiwick import BailiwickError, Engine, Log, Origin

engine = Engine.from_dir("examples/office")
task = engine.begin(
    origin=Origin.user("https://idp.example", "emma"),
    agent=("https://agents.example", "assistant"),
)
for query in ("offer", "invoice", "holidays"):
    decision = task.decide("search_emails", {"query": query})

head = engine.log.head()  # give it to somebody who cannot write here
entries = engine.log.entries()  # and these to whoever keeps them
print(Log.verify_inclusion(head, 2, decision.to_json().encode(), engine.log.inclusion(2, head["size"])))

entries[1] = entries[1].replace(b"allow", b"deny")
try:
    engine.log.verify(head, entries)
except BailiwickError as error:
    print(error)

# Prints:
# True
# entry 1 is not the one that was logged
