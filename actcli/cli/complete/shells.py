"""Completion in bash, zsh and fish: click finds the candidates, these classes pass them to the shells.

A shell's script runs `act` with the whole line, cut at the cursor: `_ACT_BEFORE` and `_ACT_AFTER`. Click's
own scripts pass words, which loses `--format=j<TAB>` in all three shells and quotes in bash. The answer has
a line for each candidate: its kind (plain or file), its text, and a description.
"""

from __future__ import annotations

import os
import re
from typing import Any, ClassVar, Final

import click
from click.shell_completion import CompletionItem, ShellComplete, split_arg_string

from actcli.cli.parser import say
from actcli.errors import ActError

VARIABLE: Final = "_ACT_COMPLETE"
"""Set by the scripts to, for example, `bash_complete`; `bash_source` prints the script."""

_CURSOR: Final = "\x1f"
_SPECIAL: Final = re.compile(r"""([\s"'\\$`&|;<>(){}\[\]*?!#~])""")
_VALUE: Final = re.compile(r"--[\w-]+=")

_BASH: Final = """\
%(complete_func)s() {
    local kind value
    COMPREPLY=()
    while IFS=$'\\t' read -r kind value; do
        case $kind in
            file) compopt -o default 2>/dev/null ;;
            plain) COMPREPLY+=("$value") ;;
        esac
    done < <(
        export COMP_LINE COMP_POINT COMP_WORDBREAKS
        %(complete_var)s=bash_complete "${1/#\\~/$HOME}" 2>/dev/null
    )
}

complete -o nosort -F %(complete_func)s %(prog_name)s 2>/dev/null ||
    complete -o default -F %(complete_func)s %(prog_name)s
"""

_ZSH: Final = """\
#compdef %(prog_name)s

%(complete_func)s() {
    local -a described
    local line kind value files after="${(j: :)words[CURRENT+1,-1]}"
    [[ $BUFFER == *\\<* ]] && after+=" ${BUFFER##*\\<}"
    for line in "${(@f)$(
        _ACT_BEFORE="${(j: :)words[1,CURRENT-1]} $PREFIX" \\
        _ACT_AFTER="$after" \\
        %(complete_var)s=zsh_complete ${~words[1]} 2>/dev/null
    )}"; do
        kind=${line%%%%$'\\t'*}
        value=${line#*$'\\t'}
        [[ $kind == file ]] && files=1
        [[ $kind == plain ]] && described+=("$value")
    done
    [[ $PREFIX == --*=* ]] && compset -P '*='
    (( $#described )) && _describe -V '%(prog_name)s' described
    [[ -n $files ]] && _files
}

if [[ $funcstack[1] == _%(prog_name)s ]]; then
    %(complete_func)s "$@"
else
    compdef %(complete_func)s %(prog_name)s
fi
"""

_FISH: Final = """\
function %(complete_func)s
    set -l before (commandline -cp)
    set -l after (string sub --start (math (string length -- "$before") + 1) -- (commandline -p))
    set -l answer (_ACT_BEFORE="$before" _ACT_AFTER="$after" \\
        %(complete_var)s=fish_complete %(prog_name)s 2>/dev/null)
    for line in $answer
        set -l parts (string split --max 1 \\t -- $line)
        if test $parts[1] = file
            set -l option (string match --regex '^--[\\w-]+=' -- (commandline -ct))
            for path in (__fish_complete_path (string replace -- "$option" '' (commandline -ct)))
                echo -- "$option"$path
            end
        else
            echo -- $parts[2]
        end
    end
end

complete --command %(prog_name)s --no-files --keep-order --arguments '(%(complete_func)s)'
"""


class _Shell(ShellComplete):
    """Base class of the shells, with the command line cut at the cursor."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the complete words before the cursor, and the beginning of the word at the cursor."""
        before, _ = self.line()
        *words, begun = split_arg_string(before + _CURSOR)
        return words[1:], begun.removesuffix(_CURSOR)

    def line(self) -> tuple[str, str]:
        """Return the command's text before the cursor, and after it."""
        return os.environ.get("_ACT_BEFORE", f"{self.prog_name} "), os.environ.get("_ACT_AFTER", "")

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[str]]:
        """Return the candidates; set the context's `obj` to the words on both sides of the cursor."""
        _, after = self.line()
        self.ctx_args["obj"] = [*args, *split_arg_string(after)]
        return super().get_completions(args, incomplete)

    def format_completion(self, item: CompletionItem[Any]) -> str:
        """Return the line for a candidate: its kind and text."""
        return f"{item.type}\t{item.value}"


class Bash(_Shell):
    """Bash, which replaces only the text after the last of its word breaks, such as `=` and `:`."""

    name: ClassVar[str] = "bash"
    source_template: ClassVar[str] = _BASH

    def line(self) -> tuple[str, str]:
        """Return the text before the cursor, whose position bash counts in bytes, and after it."""
        line = os.fsencode(os.environ.get("COMP_LINE", f"{self.prog_name} "))
        index = int(os.environ.get("COMP_POINT", len(line)))
        return os.fsdecode(line[:index]), os.fsdecode(line[index:])

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[str]]:
        """Return the candidates as bash inserts them: escaped, without the text up to the last word break."""
        before, _ = self.line()
        quoted = any(before.count(quote) % 2 for quote in "\"'")
        breaks = os.environ.get("COMP_WORDBREAKS", "=:")
        kept = 0 if quoted else max(incomplete.rfind(mark) for mark in "=:" if mark in breaks + " ") + 1
        items = _whole_words(super().get_completions(args, incomplete), incomplete)
        for item in items:
            item.value = item.value[kept:] if quoted else _SPECIAL.sub(r"\\\1", item.value[kept:])
        return items


class Zsh(_Shell):
    """Zsh, which escapes candidates itself; a colon separates a text from its description."""

    name: ClassVar[str] = "zsh"
    source_template: ClassVar[str] = _ZSH

    def format_completion(self, item: CompletionItem[Any]) -> str:
        """Return the line for a candidate: its kind, text and description."""
        text = str(item.value).replace("\\", r"\\").replace(":", r"\:")
        return f"{item.type}\t{text}:{item.help}" if item.help else f"{item.type}\t{text}"


class Fish(_Shell):
    """Fish, which replaces the whole word, so that values of `--option=` repeat the option."""

    name: ClassVar[str] = "fish"
    source_template: ClassVar[str] = _FISH

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[str]]:
        """Return the candidates as whole words."""
        return _whole_words(super().get_completions(args, incomplete), incomplete)

    def format_completion(self, item: CompletionItem[Any]) -> str:
        """Return the line for a candidate: its kind, text and description."""
        plain = super().format_completion(item)
        return f"{plain}\t{item.help}" if item.help else plain


SHELLS: Final[dict[str, type[_Shell]]] = {shell.name: shell for shell in (Bash, Zsh, Fish)}


def script(shell: str) -> str:
    """Return the completion script of a shell, the same as in `completions/`."""
    speaker = SHELLS[shell](click.Command("act"), {}, "act", VARIABLE)
    return speaker.source_template % speaker.source_vars()


def answer(root: click.Group) -> int:
    """Answer the request in VARIABLE and return the exit code: 1 if it fails, without a message."""
    shell, _, request = os.environ[VARIABLE].partition("_")
    if shell not in SHELLS or request not in ("source", "complete"):
        return 1
    try:
        text = script(shell) if request == "source" else SHELLS[shell](root, {}, "act", VARIABLE).complete()
        say(text if request == "source" else text + "\n")
    except (ActError, click.ClickException, OSError, ValueError):
        return 1
    return 0


def _whole_words(items: list[CompletionItem[str]], incomplete: str) -> list[CompletionItem[str]]:
    """Return the items, with the option of `incomplete` before each value if it is `--option=...`."""
    option = _VALUE.match(incomplete)
    for item in items:
        if option and item.type == "plain":
            item.value = option.group() + item.value
    return items
