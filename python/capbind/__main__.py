"""The program: ``capbind`` on the command line, and ``python -m capbind``."""

import sys

from . import _capbind


def main() -> None:
    """Does what the command line says and exits with the program's code."""
    sys.exit(_capbind.cli(["capbind", *sys.argv[1:]]))


if __name__ == "__main__":
    main()
