"""Fixtures for pytest. pytest loads this module by its entry point, so it imports the rest at first use.

``sockcore_backend``     the name of the backend, ``"native"`` or ``"pure"``. ``--sockcore-backend`` selects it.
``sockcore_registry``    an :class:`IsolatedRegistry`: registrations end with the test.
``sockcore_namespaces``  :class:`NetworkNamespaces`: two network namespaces with a veth pair.
``sockcore_kernel``      a function that adds a simulated family to this process until the test ends.

A test that needs what the machine lacks is skipped with the reason.
"""

from __future__ import annotations

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sockcore.testing._kernel import SimulatedKernel
    from sockcore.testing._namespaces import NetworkNamespaces
    from sockcore.testing._registry import IsolatedRegistry


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option ``--sockcore-backend``."""
    group = parser.getgroup("sockcore")
    group.addoption("--sockcore-backend", choices=("native", "pure"), help="backend of sockcore in this process")


def pytest_configure(config: pytest.Config) -> None:
    """Select the backend of the command line, before anything else of sockcore is used."""
    name = config.getoption("--sockcore-backend")
    if name:
        from sockcore import backends

        try:
            backends.choose(name)
        except (ValueError, RuntimeError) as exc:
            raise pytest.UsageError(f"--sockcore-backend: {exc}") from exc


@pytest.fixture(scope="session")
def sockcore_backend() -> str:
    """Return the name of the backend of this process, ``"native"`` or ``"pure"``."""
    from sockcore import backends

    return backends.current()


@pytest.fixture
def sockcore_registry() -> Iterator[IsolatedRegistry]:
    """Yield the registry of this process. The registrations of the test end with it."""
    from sockcore.testing._registry import IsolatedRegistry

    with IsolatedRegistry() as isolated:
        yield isolated


@pytest.fixture
def sockcore_namespaces() -> Iterator[NetworkNamespaces]:
    """Yield two network namespaces with a veth pair.

    The test is skipped if the machine or the user cannot create them.
    """
    from sockcore.testing._namespaces import NetworkNamespaces

    namespaces = NetworkNamespaces()
    try:
        namespaces.__enter__()
    except OSError as exc:
        pytest.skip(exc.strerror or str(exc))
    with_end = namespaces.__exit__
    try:
        yield namespaces
    finally:
        with_end()


@pytest.fixture
def sockcore_kernel(sockcore_backend: str) -> Iterator[Callable[..., SimulatedKernel]]:
    """Yield a function that adds a simulated family.

    Its arguments are those of :class:`SimulatedKernel`. The test is skipped on the native backend.
    """
    from contextlib import ExitStack

    from sockcore.testing._kernel import SimulatedKernel

    if sockcore_backend != "pure":
        pytest.skip("the simulated kernel needs the pure backend: --sockcore-backend pure")
    with ExitStack() as stack:
        yield lambda *arguments: stack.enter_context(SimulatedKernel(*arguments))
