"""Short output of ``help(sockcore)``.

The function ``docmodule`` of ``pydoc`` prints every name in ``__all__``, in 5,000 lines, and the private modules of the
package. The docstring of the package describes its contents instead. ``pydoc`` has no setting for this, so the package
recognizes it by the name of the calling function. This module is imported when ``pydoc`` first reads ``__all__``.
"""

from __future__ import annotations

import sys

from sockcore._types import Any, Iterator


class HelpPath(list[str]):
    """The ``__path__`` of a package. It is empty for ``pydoc``, which lists the modules by pkgutil.iter_modules()."""

    def __iter__(self) -> Iterator[str]:
        """Iterate over the folders."""
        caller = sys._getframe(1).f_back
        is_help = caller is not None and caller.f_code.co_name == "docmodule"
        return iter(()) if is_help else super().__iter__()


def shorten(names: dict[str, Any]) -> list[str]:
    """Return the ``__all__`` for ``pydoc``, and replace the ``__path__`` in *names*, the globals of the package."""
    names["__path__"] = HelpPath(names["__path__"])
    return []
