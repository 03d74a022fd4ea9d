"""Plain functions as tools that ask before they act."""

from __future__ import annotations

import functools
import inspect
import types
import typing
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn, ParamSpec, TypeAlias, TypeVar, cast

from bailiwick import _native
from bailiwick._errors import BailiwickError, Denied
from bailiwick._task import Task, current_task

if TYPE_CHECKING:
    from bailiwick._engine import Engine

P = ParamSpec("P")
R = TypeVar("R")

#: Is told what a call returned.
Observer: TypeAlias = Callable[[Any], None]

#: The kinds of parameter that have a name to decide by, and can be passed by it.
_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def guarded(engine: Engine, tool: str | None, function: Callable[P, R]) -> Callable[P, R]:
    """``function``, called only when the current task may call the tool with these very arguments."""
    if not (inspect.isfunction(function) or inspect.ismethod(function)):
        raise BailiwickError(f"guard: {function!r} is not a function")
    # Not the signature of what it wraps: the arguments go to this function.
    signature = inspect.signature(function, follow_wrapped=False)
    for parameter in signature.parameters.values():
        if parameter.kind not in _NAMED:
            raise BailiwickError(f"guard: `{parameter}` of `{function.__name__}` cannot be passed by name")
    if not has(function, signature):
        raise BailiwickError(
            f"guard: `{function.__name__}` takes other parameters than its `__signature__` says: "
            "guard the inner function, then decorate the guard"
        )
    name = function.__name__ if tool is None else tool
    callee = cast("Callable[..., Any]", function)

    def decided_on(*args: Any, **kwargs: Any) -> tuple[dict[str, Any], Observer]:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return decided(engine, name, dict(bound.arguments))

    if inspect.iscoroutinefunction(function):

        async def call_async(*args: P.args, **kwargs: P.kwargs) -> Any:
            arguments, observe = decided_on(*args, **kwargs)
            output = await callee(**arguments)
            observe(output)
            return output

        return dressed(cast("Callable[P, R]", call_async), function, signature)

    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        arguments, observe = decided_on(*args, **kwargs)
        output = callee(**arguments)
        observe(output)
        return cast("R", output)

    return dressed(call, function, signature)


def has(function: Callable[..., Any], signature: inspect.Signature) -> bool:
    """Whether the function's code has exactly these parameters: a decorator may have given it another signature, and
    what that leaves out gets a value nobody decided on."""
    code = (function.__func__ if inspect.ismethod(function) else cast("types.FunctionType", function)).__code__
    if code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS):
        return False
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return set(names[1:] if inspect.ismethod(function) else names) == set(signature.parameters)


def decided(engine: Engine, tool: str, arguments: dict[str, Any]) -> tuple[dict[str, Any], Observer]:
    """The arguments to call with, if that is allowed: a copy, so that nobody changes them after the decision. And where
    to tell what the call returned: the task that decided, even if another is current by then."""
    task = acting(engine, tool)
    try:
        fixed = cast("dict[str, Any]", _native.snapshot(arguments))
    except BailiwickError:
        refuse(task, tool, arguments)
    decision = task.decide(tool, fixed)
    if not decision.allowed:
        raise Denied(decision)
    # The function may change its own copy; what it was called with are the arguments decided on.
    kept = cast("dict[str, Any]", _native.snapshot(fixed)) if task._is_followed() else fixed
    return fixed, functools.partial(task._observe_if_followed, tool, kept)


def acting(engine: Engine, tool: str) -> Task:
    """The current task, if it is one of this engine: another's policies and catalog say nothing about its tools."""
    task = current_task()
    if task is None:
        raise BailiwickError(f"`{tool}` was called outside of a task: use `with task:`")
    if task.engine is not engine:
        raise BailiwickError(f"`{tool}` was called in a task of another engine")
    return task


def refuse(task: Task, tool: str, arguments: dict[str, Any]) -> NoReturn:
    """Arguments that cannot be copied are not called with, whatever the decision on them is."""
    raise Denied(task.decide(tool, arguments))


def dressed(call: Callable[P, R], function: Callable[P, R], signature: inspect.Signature) -> Callable[P, R]:
    """``call`` with the name, docstring and types of ``function``, for frameworks that look at them."""
    functools.update_wrapper(call, function)
    # Left there, `inspect.unwrap` would hand out the function without its guard.
    del call.__wrapped__  # type: ignore[attr-defined]
    call.__signature__ = signature  # type: ignore[attr-defined]
    try:
        # Without `__wrapped__`, annotations in strings would be looked up in this module.
        call.__annotations__ = typing.get_type_hints(function, include_extras=True)
    except Exception:  # a name only type checkers know: then the strings stay
        call.__annotations__ = dict(getattr(function, "__annotations__", {}))
    return call
