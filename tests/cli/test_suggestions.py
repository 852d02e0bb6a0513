"""A mistyped word is answered by what was meant, in one line, with exit code 2."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click
import pytest

from actcli.activations import ACTIVATIONS
from actcli.cli.commands import activation
from actcli.cli.options import OTHER_FORMATS, PARAMETERS
from actcli.cli.parser import Option
from actcli.cli.suggestions import explained
from actcli.numeric.dtypes import FAMILIES

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Act

    from actcli.activations.record import Activation

TYPOS = {
    "rleu 1": "there is no activation 'rleu'; did you mean relu",
    "sofmtax 1 2": "did you mean softmax",
    "SoftPuls 1": "did you mean softplus",
    "harshrink 1": "did you mean hard-shrink",
    "lits": "did you mean list",
    "nothing-like-it": "'act list' shows all",
    "info gleu": "did you mean",
    "hard-sigmoid-relu6 1": "means by hard-sigmoid: act hard-sigmoid --like torch",
    "plot softplus-torch": "means by softplus: act plot softplus --like torch",
    "plot foo": "there is no activation 'foo'; 'act list' shows all",
    "plot rleu": "there is no activation 'rleu'; did you mean relu or",
    "plot -3:3": "name an activation first, for example: act plot tanh sigmoid -3:3",
    "plot -3:3 relu": "names come first: act plot relu -3:3",
    "compare 1 2 relu": "names come first: act compare relu 1 2",
    "compare relu 1 2 elu": "names come first: act compare relu elu 1 2",
    "compare data.csv relu -c score": "names come first: act compare relu data.csv",
    "compare data.csv": "name an activation first, for example: act compare tanh sigmoid data.csv",
    "plot data.csv": "name an activation first, for example: act plot tanh sigmoid\n",
    "1 2 relu": "name an activation first, for example: act relu 1 2\n",
    "data.csv tanh": "name an activation first, for example: act tanh data.csv\n",
    "1 2 3": "'1' is a number; name an activation first, for example: act relu 1 2 3",
    "-1 2": "'-1' is a number; name an activation first, for example: act relu -1 2",
    "-2:2": "act relu -2:2",
    "data.csv": "'data.csv' is a file; name an activation first, for example: act relu data.csv",
    "": "name an activation, for example: act relu 1 2; 'act --help' shows all",
    "--versoin": "there is no option '--versoin'; did you mean --version?",
    "-c score gelu": "options follow it",
    "relu --alhpa 1": "relu has no option '--alhpa'; did you mean --alpha?",
    "relu -alpha 1": "relu has no option '-alpha'; did you mean --alpha?",
    "relu --max_value 1": "did you mean --max-value?",
    "relu --colums x": "did you mean --columns?",
    "relu --zzz 1": "relu has no option '--zzz'; 'act relu --help' shows all",
    "relu --beta 1": "relu has no option '--beta'; 'act relu --help' shows all",
    "relu --out y.csv 1": "relu has no option '--out'; did you mean --output?",
    "relu -e 3": "relu has no option '-e'; 'act relu --help' shows all",
    "relu -x.csv": "relu has no option '-x.csv'; for the file, write ./-x.csv",
    "relu --x.csv -c 1": "relu has no option '--x.csv'; for the file, write ./--x.csv",
    "list rectifiers": "list takes no words; for 'rectifiers': act list --family rectifiers",
    "list swish": "list takes no words; for 'swish': act list --search swish",
    "list --formt plain": "list has no option '--formt'; did you mean --format?",
    "relu --alpha": "--alpha needs a value: --alpha NUMBER",
    "relu -c": "-c needs a value: -c COLUMNS",
    "relu 1 -F": "-F needs a value: table, csv,",
    "relu 1 --append=yes": "'--append' does not take a value",
    "relu 1 -F jsn": "--format: there is no 'jsn'; did you mean json?",
    "relu 1 -F xls": "--format: there is no 'xls'; there are table, csv,",
    "relu 1 --like pytroch": "--like: there is no 'pytroch'; did you mean torch?",
    "relu 1 --dtype float23": "--dtype: there is no 'float23'; did you mean float32?",
    "relu 1 -d ;": "to set the delimiter, use -t",
    "relu 1 -p 0": "--precision: 0 is not in the range",
    "relu 1 -p many": "--precision: 'many' is not a valid whole number",
    "relu data.csv -c scroe": "data.csv: there is no column 'scroe'; did you mean 'score'?",
    "relu data.csv -c SCORE": "did you mean 'score'?",
    "relu data.csv -c 7": "columns are 1 to 2",
    "relu data.cvs": "'data.cvs' is neither a number nor a file; did you mean data.csv?",
    "relu ./dta.csv": "'./dta.csv' is neither a number nor a file; did you mean ./data.csv?",
    "relu data": "'data' is neither a number nor a file; did you mean data.csv?",
    "relu fold": "'fold' is neither a number nor a file; type numbers (1.5, -2:2), or the name of a file",
    "relu x.csv": "'x.csv' is neither a number nor a file; did you mean ./-x.csv?",
    "relu q.csv": "'q.csv' is neither a number nor a file; 'ls .' shows what files there are",
    "relu folder/x.csv": "neither a number nor a file; 'ls folder' shows what files there are",
    "relu no/data.csv": "neither a number nor a file; there is no folder no",
    "relu 1,5": "write 1.5 for a decimal",
    "completion": "completion needs SHELL, for example: act completion",
    "completion tcsh": "SHELL: there is no 'tcsh'; there are bash, zsh, fish",
    "info": "info needs NAME, for example: act info",
}


@pytest.mark.slow
@pytest.mark.parametrize("line", TYPOS)
def test_a_mistyped_word_is_answered_by_what_was_meant(
    act: Act, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    (tmp_path / "data.csv").write_text("id,score\nx,1\n")
    (tmp_path / "folder").mkdir()
    for name in ("-x.csv", "--x.csv"):
        (tmp_path / name).write_text("1\n")
    monkeypatch.chdir(tmp_path)
    outcome = act(*line.split())
    assert outcome.code == 2
    assert outcome.out == ""
    assert outcome.err.startswith("act: ")
    assert outcome.err.count("\n") == 1
    assert TYPOS[line] in outcome.err


@pytest.mark.parametrize(
    ("option", "others"),
    [("-F", OTHER_FORMATS), ("--dtype", FAMILIES)],
)
def test_what_choices_are_called_elsewhere_is_suggested_and_works(
    act: Act, option: str, others: dict[str, str]
) -> None:
    for other, ours in others.items():
        assert f"there is no {other!r}; did you mean {ours}?" in act("relu", "1", option, other).err
        assert act("relu", "1", option, ours).code == 0


def test_choices_are_taken_in_any_case(act: Act) -> None:
    assert act("relu", "1", "-F", "CSV").out == act("relu", "1", "-F", "csv").out


@pytest.mark.slow
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_doubled_letter_in_a_name_is_understood(act: Act, name: str) -> None:
    outcome = act(name[:2] + name[1:], "1")
    assert outcome.code == 2
    assert name in outcome.err


@pytest.mark.slow
@pytest.mark.parametrize("record", ACTIVATIONS.values(), ids=ACTIVATIONS)
def test_a_parameter_of_others_is_not_taken_for_another_kind_of_option(record: Activation) -> None:
    command = activation.command(record)
    parameters = [p for p in command.params if isinstance(p, Option) and p.group == PARAMETERS]
    own = {flag for parameter in parameters for flag in parameter.opts}
    for flag in {p.flag for other in ACTIVATIONS.values() for p in other.parameters} - own:
        with pytest.raises(click.NoSuchOption) as refused:
            command.make_context(record.name, [flag, "1"])
        _, asked, advice = explained(refused.value).partition("did you mean ")
        assert not asked or advice.removesuffix("?") in own


def test_help_is_a_word_too(act: Act) -> None:
    assert act("help").out == act("--help").out == act("-h").out
    assert act("help", "relu").out == act("relu", "--help").out == act("relu", "-h").out


@pytest.mark.slow
@pytest.mark.parametrize("line", [line for line, says in TYPOS.items() if re.search(r": act \w", says)])
def test_what_is_suggested_works(
    act: Act, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    (tmp_path / "data.csv").write_text("score\n1\n")
    monkeypatch.chdir(tmp_path)
    suggested = act(*line.split()).err.rstrip("\n").rpartition(": act ")[2].partition(";")[0]
    outcome = act(*suggested.split())
    assert (outcome.code, outcome.err) == (0, "")
