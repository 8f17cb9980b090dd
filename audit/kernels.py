"""Compiled kernels: numba makes machine code once, later processes load it without numba.

Importing numba, starting it and unpickling its own cache cost three quarters of a second, a third of an audit of
100,000 rows. So the machine code of each kernel is kept as a plain object file, which llvmlite links in
milliseconds; numba is loaded only where a kernel meets types that it has not been compiled for.

A kernel takes arrays and numbers, returns a number or nothing, and allocates nothing: scratch space is an argument.
Arrays that it shares between threads must not overlap in what it writes. The interpreter lock is released.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
import threading
from functools import cache
from hashlib import sha256
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

Signature = tuple[str, ...]
_OPTIONS = {"error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True, "_nrt": False}
_RESULTS = {"none": None, "int64": ctypes.c_int64, "float64": ctypes.c_double}
_lock = threading.RLock()


_made: list[Kernel] = []


class Kernel:
    """A function that runs as machine code; made by ``kernel``."""

    def __init__(self, function: FunctionType, *, inline: bool = False) -> None:
        """Take the Python function; nothing is compiled yet."""
        self.function = function
        self.inline = inline
        self.name = f"{function.__module__}.{function.__qualname__}"
        self.__doc__ = function.__doc__
        self.ready: dict[Signature, Callable[..., Any]] = {}
        """What to call, by signature."""
        _made.append(self)

    def __call__(self, *arguments: Any) -> Any:
        """Run the kernel."""
        key = tuple([_type_of(a) for a in arguments])
        run = self.ready.get(key)
        if run is None:
            with _lock:
                run = self.ready.get(key) or _machine_code(self, key)
                self.ready[key] = run
        return run(arguments)

    @property
    def compiled(self) -> bool:
        """Whether machine code of it is kept for this processor and these sources."""
        return any(code.name == self.name and code.sources == _sources(self.folder) for code in _kept())

    @property
    def folder(self) -> Path:
        """Where its source lies. A kernel calls none from other folders: these are what its machine code depends on."""
        return Path(self.function.__code__.co_filename).parent


def kernel(function: Any) -> Kernel:
    """Make a function a kernel."""
    return Kernel(function)


def preload() -> None:
    """Link all machine code that is kept, so that no kernel has to wait for it."""
    known = {each.name: each for each in _made}
    for code in _kept():
        each = known.get(code.name)
        if each and code.sources == _sources(each.folder):
            with _lock:
                each.ready.setdefault(code.signature, _link(code))


def inlined(function: Any) -> Kernel:
    """Make a function part of the kernels that call it."""
    return Kernel(function, inline=True)


def _type_of(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype.str[1:]}/{value.ndim}{'C' if value.flags.c_contiguous else 'A'}"
    if isinstance(value, float):
        return "f8"
    if isinstance(value, np.generic) and not isinstance(value, np.signedinteger):
        return value.dtype.str[1:]
    if isinstance(value, (int, np.signedinteger)):
        return "i8"
    raise TypeError(f"a kernel takes arrays and numbers, not {type(value).__name__}")


class _Code(NamedTuple):
    """Machine code of a kernel for one signature."""

    name: str
    signature: Signature
    sources: str
    """Digest of the files that the kernel was compiled from."""
    symbol: str
    result: str
    object_file: bytes


def _machine_code(wanted: Kernel, signature: Signature) -> Callable[..., Any]:
    """The callable for a signature, from what is kept or compiled now."""
    wants = (wanted.name, signature, _sources(wanted.folder))
    code = next((c for c in _kept() if c[:3] == wants), None)
    if code is None:
        code = _compile(wanted, signature)
        _kept()[:] = [c for c in _kept() if c[:2] != wants[:2]] + [code]
        _keep()
    return _link(code)


@cache
def _native(wanted: Kernel) -> Any:
    """Numba's dispatcher of a kernel, the kernels that it calls replaced by theirs."""
    import numba  # noqa: PLC0415 - half a second, and only for what is not compiled yet

    function = wanted.function
    called = {name: function.__globals__.get(name) for name in function.__code__.co_names}
    scope = function.__globals__ | {name: _native(k) for name, k in called.items() if isinstance(k, Kernel)}
    plain = FunctionType(function.__code__, scope, function.__name__, function.__defaults__)
    return numba.njit(inline="always" if wanted.inline else "never", **_OPTIONS)(plain)


def _compile(wanted: Kernel, signature: Signature) -> _Code:
    import numba  # noqa: PLC0415 - as above

    types = tuple(
        numba.types.Array(numba.from_dtype(np.dtype(each.split("/")[0])), int(each[-2]), each[-1])
        if "/" in each
        else numba.from_dtype(np.dtype(each))
        for each in signature
    )
    dispatcher = _native(wanted)
    dispatcher.compile(types)
    made = dispatcher.overloads[types]
    result = str(made.signature.return_type)
    if result not in _RESULTS:
        raise TypeError(f"kernel {wanted.name} returns {result}; it may return an int64, a float64 or nothing")
    machine = made.library.codegen._tm  # noqa: SLF001 - numba has no public way to a plain object file
    object_file = machine.emit_object(made.library._final_module)  # noqa: SLF001
    return _Code(wanted.name, signature, _sources(wanted.folder), made.fndesc.llvm_func_name, result, object_file)


_engines: list[Any] = []


def _link(code: _Code) -> Callable[..., Any]:
    """Load an object file into the process, and call it by numba's convention.

    The function gets a pointer for its result, one for an exception, and its arguments; an array is spread out as
    (owner, parent, items, bytes of an item, data, shape, strides). It answers 0 unless something went wrong.
    """
    llvm = _llvm()
    module = llvm.parse_assembly("")
    engine = llvm.create_mcjit_compiler(module, _target().create_target_machine(opt=0, jit=True))
    engine.add_object_file(llvm.ObjectFileRef.from_data(code.object_file))
    engine.finalize_object()
    _engines.append(engine)  # the code lives as long as its engine
    words: list[Any] = [ctypes.c_void_p, ctypes.c_void_p]
    for each in code.signature:
        if "/" in each:
            words += [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_ssize_t, ctypes.c_ssize_t, ctypes.c_void_p]
            words += [ctypes.c_ssize_t] * (2 * int(each[-2]))
        else:
            words.append(np.ctypeslib.as_ctypes_type(np.dtype(each)))
    call = ctypes.CFUNCTYPE(ctypes.c_int32, *words)(engine.get_function_address(code.symbol))
    holder = _RESULTS[code.result]

    def run(arguments: tuple[Any, ...]) -> Any:
        flat: list[Any] = []
        for value in arguments:
            if isinstance(value, np.ndarray):
                flat += (None, None, value.size, value.itemsize, value.ctypes.data, *value.shape, *value.strides)
            else:
                flat.append(value)
        result, failed = (holder or ctypes.c_int64)(), ctypes.c_void_p()
        status = call(ctypes.addressof(result), ctypes.addressof(failed), *flat)
        if status and status != _NONE:
            raise RuntimeError(f"kernel {code.name} failed with status {status}")
        return result.value if holder else None

    return run


_NONE = -2
"""Status of a function that returns None."""


@cache
def _llvm() -> ModuleType:
    llvm = import_module("llvmlite.binding")  # not needed to tell help

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm


@cache
def _target() -> Any:
    return _llvm().Target.from_default_triple()


@cache
def _key() -> str:
    """What machine code depends on beside its source: compiler, Python and processor."""
    llvm = _llvm()
    parts = [version("numba"), version("llvmlite"), version("numpy"), sys.version, llvm.get_process_triple()]
    parts += [llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()]
    parts += [os.environ.get(name, "") for name in ("NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES")]
    return sha256("\0".join(parts).encode()).hexdigest()[:24]


@cache
def _sources(folder: Path) -> str:
    digest = sha256(Path(__file__).read_bytes())
    for path in sorted(folder.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:24]


def _folders() -> list[Path]:
    """Where machine code may lie: with the installed package, else with the user."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return [Path(__file__).parent / "__pycache__", Path(home) / "assay"]


def _file(folder: Path) -> Path:
    return folder / f"kernels-{_key()}.bin"


@cache
def _kept() -> list[_Code]:
    """Machine code kept by earlier processes."""
    for folder in _folders():
        try:
            head, _, body = _file(folder).read_bytes().partition(b"\n")
        except OSError:
            continue
        try:
            told = json.loads(head)
            if told["sha256"] == sha256(body).hexdigest():
                return _unpack(told["codes"], body)
        except (ValueError, KeyError, TypeError):
            continue  # half a file: it is written again
    return []


def _unpack(codes: list[dict[str, Any]], body: bytes) -> list[_Code]:
    out, at = [], 0
    for each in codes:
        end = at + each["bytes"]
        signature, rest = tuple(each["signature"]), (each["sources"], each["symbol"], each["result"])
        out.append(_Code(each["name"], signature, *rest, body[at:end]))
        at = end
    return out


def _keep() -> None:
    """Write what is compiled by now, whole or not at all; a place that cannot be written costs only the next start."""
    codes = _kept()
    body = b"".join(c.object_file for c in codes)
    told = [c._asdict() | {"bytes": len(c.object_file)} for c in codes]
    head = {
        "sha256": sha256(body).hexdigest(),
        "codes": [{k: v for k, v in t.items() if k != "object_file"} for t in told],
    }
    for folder in _folders():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            part = folder / f".kernels-{os.getpid()}"
            part.write_bytes(json.dumps(head).encode() + b"\n" + body)
            part.replace(_file(folder))
        except OSError:
            continue
        return
