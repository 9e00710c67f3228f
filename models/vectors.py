"""Four numbers at a time: what the compiler does not do by itself for the short loops of `kernel` over one row.

Loops over four points of quadrature are too short for the compiler to prove, while running, that the places they read and
write do not overlap. Here each of them is one machine instruction. To compiled code four numbers are a tuple; the tuple
never exists in memory, since the compiler takes the putting together and the taking apart out again.

This file alone speaks to numba's inner interfaces.
"""

from collections.abc import Callable
from typing import Any, Final

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

WIDTH: Final = 4
_FOUR: Final = types.UniTuple(types.float64, WIDTH)
_VECTOR: Final = ir.VectorType(ir.DoubleType(), WIDTH)
_ALIGNED: Final = 8
"""Bytes: four numbers may begin at any."""
_Build = Callable[[Any, Any, Any, Any], Any]


def _position(number: int) -> ir.Constant:
    return ir.Constant(ir.IntType(32), number)


def _vector(builder: Any, four: Any) -> Any:
    """A tuple of four as a vector."""
    found = ir.Constant(_VECTOR, ir.Undefined)
    for at in range(WIDTH):
        found = builder.insert_element(found, builder.extract_value(four, at), _position(at))
    return found


def _four(builder: Any, vector: Any) -> Any:
    """A vector as a tuple of four."""
    found = ir.Constant(ir.ArrayType(ir.DoubleType(), WIDTH), ir.Undefined)
    for at in range(WIDTH):
        found = builder.insert_value(found, builder.extract_element(vector, _position(at)), at)
    return found


def _place(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """Where four numbers of an array stand, counted from one of them on."""
    array = context.make_array(signature.args[0])(context, builder, arguments[0])
    return builder.bitcast(builder.gep(array.data, [arguments[1]]), _VECTOR.as_pointer())


def _load(_: Any, array: Any, _at: Any) -> tuple[Any, _Build]:
    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        found = builder.load(_place(context, builder, signature, arguments))
        found.align = _ALIGNED
        return _four(builder, found)

    return _FOUR(array, types.uintp), build


def _store(_: Any, array: Any, _at: Any, _given: Any) -> tuple[Any, _Build]:
    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        written = builder.store(_vector(builder, arguments[2]), _place(context, builder, signature, arguments))
        written.align = _ALIGNED
        return context.get_dummy_value()

    return types.void(array, types.uintp, _FOUR), build


def _spread(_: Any, _number: Any) -> tuple[Any, _Build]:
    def build(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        found = ir.Constant(_VECTOR, ir.Undefined)
        for at in range(WIDTH):
            found = builder.insert_element(found, arguments[0], _position(at))
        return _four(builder, found)

    return _FOUR(types.float64), build


def _pairwise(name: str) -> Any:
    """An operation on the numbers of two fours, one by one."""

    def typed(_: Any, _one: Any, _other: Any) -> tuple[Any, _Build]:
        def build(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            operands = (_vector(builder, four) for four in arguments)
            return _four(builder, getattr(builder, name)(*operands))

        return _FOUR(_FOUR, _FOUR), build

    return intrinsic(typed)


load: Final[Any] = intrinsic(_load)
"""``load(array, at)`` is ``array[at : at + 4]``."""
store: Final[Any] = intrinsic(_store)
"""``store(array, at, four)`` is ``array[at : at + 4] = four``."""
spread: Final[Any] = intrinsic(_spread)
"""``spread(number)`` is four times the same number."""
plus: Final = _pairwise("fadd")
minus: Final = _pairwise("fsub")
times: Final = _pairwise("fmul")
