"""Charts."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import _capbind


class Figure:
    """A chart, drawn when it is shown or saved."""

    __slots__ = ("_native",)

    def __init__(self, native: _capbind.Figure) -> None:
        self._native = native

    @property
    def name(self) -> str:
        """Its name: that of its file."""
        return self._native.name

    def svg(self) -> str:
        """As SVG, with its fonts in it."""
        return self._native.svg()

    def png(self) -> bytes:
        """As PNG, in the scenario's ``report.dpi``."""
        return self._native.png()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes it to a file whose name ends in ``.svg`` or ``.png``."""
        from pathlib import Path

        path = Path(path)
        if path.suffix == ".svg":
            path.write_bytes(self.svg().encode())
        elif path.suffix == ".png":
            path.write_bytes(self.png())
        else:
            raise ValueError(f"{path}: a chart is saved as .svg or .png")

    def _repr_svg_(self) -> str:
        return self.svg()

    def __repr__(self) -> str:
        return f"<capbind.Figure {self.name}>"
