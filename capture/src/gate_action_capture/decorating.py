"""`captured`: a function as a model call. Knows the four kinds of functions, and nothing of what is recorded."""

import functools
import inspect
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any, TypeVar, cast

from gate_action_capture.calls import OFF, ModelCall, model_call

_Function = TypeVar("_Function", bound=Callable[..., Any])
_Open = Callable[[tuple[Any, ...], Mapping[str, Any]], ModelCall]


def captured(**options: Any) -> Callable[[_Function], _Function]:
    """A decorator: the function's first argument (a method's first but ``self`` or ``cls``) is the input, what it
    returns (or yields, joined) the output.

    For functions, coroutine functions, and generators of texts of either kind. ``options``: those of ``model_call``.
    """

    def decorate(function: _Function) -> _Function:
        first, is_method = _find_first(function)

        def opened(arguments: tuple[Any, ...], named: Mapping[str, Any]) -> ModelCall:
            own = arguments[is_method:]
            return model_call(own[0] if own else named.get(first, dict(named)), **options)

        def detached(arguments: tuple[Any, ...], named: Mapping[str, Any]) -> ModelCall:
            call = opened(arguments, named)
            if call is not OFF:
                call.is_current = False
            return call

        wrapper: Any
        if inspect.isasyncgenfunction(function):
            wrapper = _async_generator(function, detached)
        elif inspect.iscoroutinefunction(function):
            wrapper = _coroutine(function, opened)
        elif inspect.isgeneratorfunction(function):
            wrapper = _generator(function, detached)
        else:
            wrapper = _function(function, opened)
        return cast("_Function", functools.wraps(function)(wrapper))

    return decorate


def _find_first(function: Callable[..., Any]) -> tuple[str, bool]:
    """The name of the argument that is the input, and whether one for the object stands before it."""
    try:
        names = [*inspect.signature(function).parameters]
    except (TypeError, ValueError):  # a function of C without a signature
        names = []
    is_method = names[:1] in (["self"], ["cls"])
    return (*names[is_method:], "")[0], is_method


def _function(function: Callable[..., Any], opened: _Open) -> Callable[..., Any]:
    def wrapper(*arguments: Any, **named: Any) -> Any:
        with opened(arguments, named) as call:
            answer = function(*arguments, **named)
            call.output(answer)
            return answer

    return wrapper


def _coroutine(function: Callable[..., Any], opened: _Open) -> Callable[..., Any]:
    async def wrapper(*arguments: Any, **named: Any) -> Any:
        with opened(arguments, named) as call:
            answer = await function(*arguments, **named)
            call.output(answer)
            return answer

    return wrapper


def _generator(function: Callable[..., Any], opened: _Open) -> Callable[..., Any]:
    def wrapper(*arguments: Any, **named: Any) -> Iterator[Any]:
        with opened(arguments, named) as call:
            pieces: list[str] = []
            try:
                for piece in function(*arguments, **named):
                    pieces.append(str(piece))
                    yield piece
            finally:  # the reader may have stopped early: what was answered so far counts
                call.output("".join(pieces))

    return wrapper


def _async_generator(function: Callable[..., Any], opened: _Open) -> Callable[..., Any]:
    async def wrapper(*arguments: Any, **named: Any) -> AsyncIterator[Any]:
        with opened(arguments, named) as call:
            pieces: list[str] = []
            try:
                async for piece in function(*arguments, **named):
                    pieces.append(str(piece))
                    yield piece
            finally:  # as above
                call.output("".join(pieces))

    return wrapper
