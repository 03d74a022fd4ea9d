"""The current task stays where it was entered."""

from __future__ import annotations

import asyncio
import contextvars
import threading

import pytest
from bailiwick import BailiwickError, Engine, Task, current_task
from conftest import ALICE, BOT


def begin(engine: Engine, name: str) -> Task:
    return engine.begin(origin=ALICE, agent=BOT, id=name)


def test_nests_and_leaves(engine: Engine) -> None:
    one, two = begin(engine, "one"), begin(engine, "two")
    assert current_task() is None
    with one as entered:
        assert entered is one
        with two, one:
            assert current_task() is one
        assert current_task() is one
        with pytest.raises(ValueError, match="inside"), two:
            raise ValueError("inside")
        assert current_task() is one
    assert current_task() is None


def test_asyncio_tasks_do_not_see_each_other(engine: Engine) -> None:
    async def work(task: Task) -> None:
        with task:
            for _ in range(20):
                await asyncio.sleep(0)
                assert current_task() is task

    async def main() -> None:
        tasks = [begin(engine, f"task-{n}") for n in range(10)]
        with tasks[0]:
            await asyncio.gather(*(work(task) for task in tasks[1:]))
            assert current_task() is tasks[0]
            assert await asyncio.create_task(asyncio.sleep(0, current_task())) is tasks[0]
            assert await asyncio.to_thread(current_task) is tasks[0]

    asyncio.run(main())
    assert current_task() is None


def test_threads_do_not_see_each_other(engine: Engine) -> None:
    seen: list[bool] = []
    barrier = threading.Barrier(8)

    def work(task: Task) -> None:
        barrier.wait()
        with task:
            barrier.wait()
            seen.append(current_task() is task)
            barrier.wait()

    threads = [threading.Thread(target=work, args=(begin(engine, f"task-{n}"),)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [True] * 8
    assert current_task() is None


def test_a_copied_context_keeps_it(engine: Engine) -> None:
    task = begin(engine, "task")
    with task:
        context = contextvars.copy_context()
    assert current_task() is None
    assert context.run(current_task) is task


def test_leaving_in_the_wrong_order_leaves_nobody_in_force(engine: Engine) -> None:
    one, two = begin(engine, "one"), begin(engine, "two")
    one.__enter__()
    two.__enter__()
    with pytest.raises(BailiwickError):
        one.__exit__(None, None, None)
    assert current_task() is None
    with pytest.raises(BailiwickError):
        two.__exit__(None, None, None)
