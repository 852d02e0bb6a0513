"""`act completion SHELL`: the completion script for a shell."""

from __future__ import annotations

from typing import Final

import click

from actcli.cli.parser import Choice, Command, say

INSTALLING: Final = """\
\b
bash   act completion bash > ~/.local/share/bash-completion/completions/act
zsh    act completion zsh > ~/.zfunc/_act   (with fpath+=~/.zfunc before compinit in ~/.zshrc)
fish   act completion fish > ~/.config/fish/completions/act.fish

For this session only: source <(act completion bash), the same in zsh; act completion fish | source"""


def command() -> Command:
    """Return the click command."""
    return Command(
        "completion",
        params=[click.Argument(["shell"], type=Choice(["bash", "zsh", "fish"]))],
        callback=_print,
        help=f"The completion script for a shell.\n\n{INSTALLING}",
        examples=["act completion fish"],
    )


def _print(shell: str) -> None:
    from actcli.cli.complete.shells import script

    say(script(shell))
