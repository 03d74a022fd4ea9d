"""Functions that ask before they act."""

import asyncio

from bailiwick import Denied, Engine, Origin

engine = Engine.from_dir("examples/office")


@engine.guard
async def get_file_by_id(file_id: str) -> str:
    return f"the text of {file_id}"


@engine.guard("delete_file")
def delete(file_id: str) -> None:
    print(f"{file_id} is gone")


async def main() -> None:
    task = engine.begin(
        origin=Origin.user("https://idp.example", "emma"),
        agent=("https://agents.example", "assistant"),
    )
    with task:
        print(await get_file_by_id("0"))
        try:
            delete("0")
        except Denied as denied:
            print(f"{denied} ({denied.decision.reason.code})")


asyncio.run(main())

# Prints:
# the text of 0
# This action is not permitted. (policy.no_permit)
