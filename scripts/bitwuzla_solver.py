"""Bitwuzla as a program for yosys-smtbmc: SMT-LIB 2 on standard input, a command at a time.

The wheel has the library only.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from bitwuzla import Option, Options, Parser, TermManager


def commands(lines: Iterable[str]) -> Iterator[str]:
    """Whole commands: text up to the line that closes the last parenthesis."""
    text, depth, quoted = "", 0, False
    for line in lines:
        for at, char in enumerate(line):
            if char == "|":
                quoted = not quoted
            elif char == ";" and not quoted:
                line = line[:at] + "\n"
                break
            elif not quoted:
                depth += (char == "(") - (char == ")")
        text += line
        if depth == 0:
            if text.strip():
                yield text
            text = ""


def main() -> None:
    """Answer commands until ``(exit)`` or the end."""
    if "--help" in sys.argv:
        print("--lang")  # by which yosys-smtbmc knows this version's options
        return
    options = Options()
    options.set(Option.PRODUCE_MODELS, True)
    parser = Parser(TermManager(), options)
    for command in commands(sys.stdin):
        if command.startswith("(exit"):
            break
        parser.parse(command, parse_only=False, parse_file=False)
        sys.stdout.flush()


if __name__ == "__main__":
    main()
