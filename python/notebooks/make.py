"""Runs every notebook here and renders it into docs/notebooks.

Needs capbind, nbconvert, ipykernel, matplotlib, pandas and polars.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import nbformat
from nbconvert import MarkdownExporter
from nbconvert.preprocessors import ExecutePreprocessor

HERE = Path(__file__).parent
DOCS = HERE.parent.parent / "docs" / "notebooks"


def is_progress(output: nbformat.NotebookNode) -> bool:
    """Whether it is a line that was overwritten while work was under way."""
    return output.get("name") == "stderr" and str(output.text).startswith("\r")


def main() -> None:
    """Does both."""
    DOCS.mkdir(parents=True, exist_ok=True)
    for file in sorted(HERE.glob("*.ipynb")):
        notebook = nbformat.read(file, as_version=4)
        place = {"metadata": {"path": str(HERE)}}
        ExecutePreprocessor(timeout=600, record_timing=False).preprocess(notebook, place)
        for cell in notebook.cells:
            cell.outputs = [one for one in cell.get("outputs", []) if not is_progress(one)]
            if cell.cell_type != "code":
                del cell["outputs"]
            for one in cell.get("outputs", []):
                # Where the kernel keeps a cell is no part of what it says.
                if "text" in one:
                    one.text = re.sub(r"\S*/ipykernel_\d+/\d+\.py", "notebook", one.text)
        notebook.metadata.language_info = {"name": "python"}
        nbformat.write(notebook, file)
        text, resources = MarkdownExporter().from_notebook_node(
            notebook, {"output_files_dir": file.stem}
        )
        text = re.sub(r"<style[^>]*>.*?</style>\s*", "", text, flags=re.DOTALL)
        text = "\n".join(line.rstrip() for line in text.splitlines()).strip() + "\n"
        (DOCS / f"{file.stem}.md").write_text(text, encoding="utf-8")
        shutil.rmtree(DOCS / file.stem, ignore_errors=True)
        for name, data in resources["outputs"].items():
            (DOCS / name).parent.mkdir(exist_ok=True)
            (DOCS / name).write_bytes(data)
        print(file.name)


if __name__ == "__main__":
    main()
