"""Advice is taken at its word: what a message says to type is typed, on the same input, and works."""

from __future__ import annotations

import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
from support.processes import run

import actcli
from actcli.numeric.dtypes import every

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Act
    from support.processes import Outcome


class Case(NamedTuple):
    """A line that is answered by advice, the advice, and the lines that follow it.

    text: standard input. through: a command that the input goes through first, if that is the advice.
    """

    line: str
    says: str
    follow: tuple[str, ...]
    text: str = ""
    through: str = ""


def case(line: str, says: str, *follow: str, text: str = "", through: str = "") -> Case:
    return Case(line, says, follow, text, through)


LUT = "lut tanh --out int8:1/128"

CASES = [
    # words and names
    case("", "for example: act relu 1 2; 'act --help' shows all", "relu 1 2", "--help"),
    case("1 2", "name an activation first, for example: act relu 1 2", "relu 1 2"),
    case("rleu 1", "did you mean relu or relu6 or rrelu", "relu 1", "relu6 1", "rrelu 1"),
    case("nothing-like-it", "'act list' shows all", "list"),
    case(
        "nn.Threshold 1",
        "PyTorch has no default; say --threshold and --value",
        "nn.Threshold --threshold 0 --value 0 1",
    ),
    case("nn.ReLU --like jax 1", "for another framework: act relu --like jax", "relu --like jax 1"),
    case("info nn.PReLU", "is prelu here: act info prelu", "info prelu"),
    case("names hard-sigmoid-relu6", "'act info hard-sigmoid-relu6' says whose", "info hard-sigmoid-relu6"),
    case("hard-sigmoid-relu6 1", "act hard-sigmoid --like torch", "hard-sigmoid --like torch 1"),
    case("'leaky-relu(0.1)' 1", "write 'leaky-relu(alpha=0.5)'", "'leaky-relu(alpha=0.5)' 1"),
    case("plot elu:0.5", "stand in brackets: 'elu(alpha=0.5)'", "plot 'elu(alpha=0.5)'"),
    case("'-x*tanh(x)' 1", "needs parentheses: '(-x*tanh(x))'", "'(-x*tanh(x))' 1"),
    case("plot '-x*x'", "needs parentheses: '(-x*x)'", "plot '(-x*x)'"),
    case("'a*x' 1", "the formula has no default; say --a", "'a*x' --a 2 1"),
    case("'x*columns' --columns 2 1", "give the formula's parameter another name", "'x*c' --c 2 1"),
    case("'leaky-relu(x)' 1", "write leaky_relu(x)", "'leaky_relu(x)' 1"),
    case("'exp + x' 1", "write exp(x)", "'exp(x)' 1"),
    case("plot 'elu(alpha=0.5'", "closing bracket; write 'elu(alpha=0.5)'", "plot 'elu(alpha=0.5)'"),
    case("'X + 1' 1", "formulas are of x; write it in lower case", "'x + 1' 1"),
    case("'2x' 1", "products are written with *, as in 2*x", "'2*x' 1"),
    case("'x/(1 + |x|)' 1", "absolute values are written abs(x)", "'x/(1 + abs(x))' 1"),
    case("'x·Φ(x)' 1", "'·' is not ASCII; write *", "'x*Phi(x)' 1"),
    case("relu --alfa 0.1 1", "did you mean --alpha?", "relu --alpha 0.1 1"),
    case("'np.tanh(x)' 1", "functions stand alone; write tanh(x)", "'tanh(x)' 1"),
    case("'x^2' 1", "powers are written **", "'x**2' 1"),
    case(
        "'x>0 and 1' 2", "one in another: a if c else (b if d else e)", "'x if x>0 else (1 if x<-1 else 2)' 2"
    ),
    case("'x*tahn(x)' 1", "did you mean tan?", "'x*tan(x)' 1"),
    case("info 'a*x'", "write a number for a in the formula", "info '2*x'"),
    case("softmax --digits 20 1 2", "--digits is for functions of one number", "tanh --digits 20 1 2"),
    case("tanh --digits 20 -p 3 1", "of no type; leave out one of them", "tanh --digits 20 1", "tanh -p 3 1"),
    case("gelu --inverse 0.5", "say --side left, or right", "gelu --inverse --side right 0.5"),
    case("sigmoid --inverse --side left 0.5", "has one side; leave it out", "sigmoid --inverse 0.5"),
    case("gelu --side left 1", "say that too, or leave it out", "gelu --side left --inverse -0.1", "gelu 1"),
    case("tanh --inverse -d 1 0.5", "leave one of them out", "tanh --inverse 0.5", "tanh -d 1 0.5"),
    case("plot -3:3 relu", "names come first: act plot relu -3:3", "plot relu -3:3"),
    case("plot -3:3", "for example: act plot tanh sigmoid -3:3", "plot tanh sigmoid -3:3"),
    case("relu x.cvs", "did you mean x.csv?", "relu x.csv"),
    case("relu 1,5", "write 1.5 for a decimal, or separate numbers by spaces", "relu 1.5", "relu 1 5"),
    case("relu 1_000", "write it without underscores: 1000", "relu 1000"),
    case("relu 50%", "write 50e-2 for 50 percent", "relu 50e-2"),
    case("relu \N{MINUS SIGN}1", "write a hyphen: -1", "relu -1"),
    case("relu \N{FULLWIDTH DIGIT ONE}", "write 0 to 9", "relu 1"),
    case("relu 2:-2:1", "write 2:-2:-1", "relu 2:-2:-1"),
    case("softmax '[2.0, 1.0]'", "without brackets and commas: 2.0 1.0", "softmax 2.0 1.0"),
    # options
    case("--versoin", "did you mean --version?", "--version"),
    case(
        "-c x relu x.csv",
        "options follow it: act relu --alpha 0.1 1 2",
        "relu --alpha 0.1 1 2",
        "relu -c x x.csv",
    ),
    case("relu --zzz 1", "'act relu --help' shows all", "relu --help"),
    case("relu --gate first 1", "--gate is for gates, such as geglu", "geglu --gate first 1 2"),
    case("relu --inplace x.csv", "-i replaces a file by its result", "relu -i x.csv"),
    case(
        "relu --dim 0 x.csv",
        "--axis is for activations of vectors, such as softmax",
        "softmax --axis 0 x.csv",
    ),
    case(
        "relu --mask-missing x.csv", "it is for softmax, log-softmax, softmin", "softmax --mask-missing x.csv"
    ),
    case("gelu --approximate tanh 1", "with it a framework means gelu-tanh: act gelu-tanh", "gelu-tanh 1"),
    case("relu -x.csv", "for the file, write ./-x.csv", "relu ./-x.csv"),
    case("relu x.cvs", "did you mean x.csv?", "relu x.csv"),
    case("info", "for example: act info gelu", "info gelu"),
    case("compare relu --lambda 1 1", "'act info relu' shows those that it has", "info relu"),
    case("nn.ReLU 1", "nn.ReLU is computed as act relu --like torch", "relu --like torch 1"),
    case(
        "'elu(alpha=0.5)' --alpha 2 1", "leave it out there, or here", "elu --alpha 2 1", "'elu(alpha=0.5)' 1"
    ),
    case(
        "softplus --threshold 10 1",
        "only PyTorch's has --threshold; say --like torch",
        "softplus --threshold 10 --like torch 1",
    ),
    case("threshold --like torch 1", "say --threshold", "threshold --like torch --threshold 0 --value 0 1"),
    case("relu -d ';'", "to set the delimiter, use -t", "relu -t ';'", text="1;2\n"),
    case(
        "relu --alpha 1,5 1",
        "write 1.5 for a decimal; prelu takes",
        "relu --alpha 1.5 1",
        "prelu --alpha 1,5 1 2",
    ),
    case("relu 1 -o ''", "without -o it is standard output", "relu 1"),
    case(
        "relu 1 -j 2 --cluster tcp://127.0.0.1:1",
        "typed numbers are computed here; leave it out",
        "relu 1 -j 2",
    ),
    case("relu x.csv -j 2 --cluster tcp://127.0.0.1:1", "give one of them", "relu x.csv -j 2"),
    # what does not go together
    case("relu -c x 1", "-c: typed numbers have no named columns; leave it out", "relu 1"),
    case("relu -a 1", "-a: results stand beside typed numbers anyway; leave it out", "relu 1"),
    case(
        "relu -a -F plain x.csv", "leave it out, or say -F csv", "relu -F plain x.csv", "relu -a -F csv x.csv"
    ),
    case("relu --plot x.csv", "for the curve alone: act plot relu", "plot relu"),
    case("relu --plot -F csv 1", "leave out -F csv, or --plot", "relu --plot 1", "relu -F csv 1"),
    case("softmax --axis 2 1 2", "--axis 2: typed numbers are one vector; leave it out", "softmax 1 2"),
    case(
        "relu --rows 1 x.csv", "leave it out, or say -F table", "relu x.csv", "relu --rows 1 -F table x.csv"
    ),
    case(
        "relu --ragged keep -F json x.csv",
        "say -F csv, or leave it out",
        "relu --ragged keep -F csv x.csv",
        "relu -F json x.csv",
    ),
    case(
        "relu --thousands . x.csv",
        "say --decimal , too, or leave it out",
        "relu --thousands . --decimal , x.csv",
        "relu x.csv",
    ),
    case(
        "relu --thousands space -t space",
        "name another delimiter with -t",
        "relu --thousands space -t ';'",
        text="1 000;2\n",
    ),
    case("relu -i", "-i needs files", "relu -i x.csv", text="1\n"),
    case("relu -i -o y.csv x.csv", "leave out -o and -F", "relu -i x.csv"),
    case(
        "relu -i fifo x.csv",
        "is no regular file and cannot be replaced; write to one with -o",
        "relu x.csv -o y.csv",
    ),
    case(
        "relu - -o d/",
        "standard input has no name to write its result under; -o FILE",
        "relu - -o y.csv",
        text="1\n",
    ),
    case("relu x.csv -o ./", "say -i, or -o another folder", "relu -i x.csv", "relu x.csv -o d/"),
    case(
        "relu x.csv sub/x.csv -o d/",
        "would both become d/x.csv; run act on each",
        "relu x.csv -o d/",
        "relu sub/x.csv -o d/",
    ),
    case(
        "relu x.csv other.csv",
        "run act on each, or write each in place with -i",
        "relu x.csv",
        "relu other.csv",
        "relu -i x.csv other.csv",
    ),
    case("relu 1 -o d/", "name one, for example -o y.csv", "relu 1 -o y.csv"),
    case(
        "relu 1 -o y.parquet",
        "written as text or .npy; for example -o y.csv",
        "relu 1 -o y.csv",
        "relu 1 -o y.npy",
    ),
    case(
        "relu 1 -o y.png",
        "drawn by 'act plot NAME -o y.png'; results go to .csv",
        "plot relu -o y.png",
        "relu 1 -o y.csv",
    ),
    case(
        "relu 1 -o y.xlsx",
        "name it .csv, .json, .npy or .parquet, or say -F",
        "relu 1 -o y.json",
        "relu 1 -o y.xlsx -F csv",
    ),
    case(
        "relu 1 -o y.foo",
        "name it y.csv, .json or .txt, or say -F csv",
        "relu 1 -o y.txt",
        "relu 1 -o y.foo -F csv",
    ),
    case("info relu -o y.pdf", "for example -o page.txt", "info relu -o page.txt"),
    case("list smooth", "act list --family smooth", "list --family smooth"),
    case("list --names", "'act names' prints them, of all frameworks", "names"),
    case("list --search zzz", "'act list' shows all", "list"),
    # pictures
    case(
        "plot relu --data --width 40",
        "leave it out, or --data and -F",
        "plot relu --data",
        "plot relu --width 40",
    ),
    case("plot relu -p 3", "leave it out, or say --data", "plot relu", "plot relu -p 3 --data"),
    case("plot relu inf", "leave it out, or say --data", "plot relu", "plot relu inf --data"),
    case(
        "plot relu --dark",
        "leave it out, or say -o curve.png",
        "plot relu",
        "plot relu --dark -o curve.png",
    ),
    case("plot relu --y 2:-1", "write the smaller number first, as -1:2", "plot relu --y -1:2"),
    case("plot softmax --panels 1 2", "bars stand side by side; leave it out", "plot softmax 1 2"),
    case(
        "plot softmax --height 9 1 2", "bars are as many lines as numbers; leave it out", "plot softmax 1 2"
    ),
    case(
        "plot relu --data -o y.npy",
        "points are written as text; for example -o y.csv",
        "plot relu --data -o y.csv",
    ),
    case("plot relu 3:-3", "write the smaller number first", "plot relu -3:3"),
    case("plot softmax", "act plot softmax 1 2 3 4", "plot softmax 1 2 3 4"),
    case("plot softmax -d 1 1 2", "for numbers: act compare softmax -d 1 1 2", "compare softmax -d 1 1 2"),
    case(
        "plot relu -o y.svg --width 100 --height 30",
        "give more --width or --height",
        "plot relu -o y.svg --width 600 --height 400",
    ),
    # results of others
    case(
        "check tanh",
        "name one file of results: act check tanh y.npy --input x.npy",
        "check tanh y.npy --input x.npy",
    ),
    case("check", "act check gelu y.npy --input x.npy", "check gelu y.npy --input x.npy"),
    case(
        "check relu half.npy --input wide.npy",
        "wide.npy holds float64, taken as it is; --dtype float16 rounds it to the results' type first",
        "check relu half.npy --input wide.npy --dtype float16",
    ),
    case(
        "lut --in int8:1 --out int8:1",
        "act lut tanh --in int8:0.05:3 --out int8:1/128:0",
        "lut tanh --in int8:0.05:3 --out int8:1/128:0",
    ),
    case("check tanh y.npy --input x.npy -d 0,1", "one order: -d 1", "check tanh y.npy --input x.npy -d 1"),
    case(
        "check prelu --alpha 1,2 y.npy --input x.npy",
        "check takes one number for --alpha, not a list",
        "check prelu --alpha 1 y.npy --input x.npy",
    ),
    case(
        "check tanh y.npy --input x.npy --max-ulp -1",
        "--max-ulp -1: an error is 0 or more",
        "check tanh y.npy --input x.npy --max-ulp 1",
    ),
    case(
        "check tanh y.npy --input x.npy --plot -o y.json",
        "leave it out, or say -F text",
        "check tanh y.npy --input x.npy -o y.json",
        "check tanh y.npy --input x.npy --plot -o y.json -F text",
    ),
    case(
        "check relu half.npy",
        "say one of --input x.npy, the inputs' array, and --every",
        "check relu half.npy --input half.npy",
        "check relu half.npy --every",
    ),
    case(
        "check tanh x.csv --input x.npy",
        "-c x,y; leave out --input and --every",
        "check tanh x.csv -c x,y",
    ),
    case(
        "check tanh x.csv -c x", "name the columns of input and result with -c x,y", "check tanh x.csv -c x,y"
    ),
    case(
        "check relu wide.npy --every",
        "name a narrower --dtype",
        "check relu wide.npy --every --dtype float16",
    ),
    case(
        "check relu half.npy --every --dtype float32",
        "narrower than float32; leave out --dtype",
        "check relu half.npy --every",
    ),
    case(
        "check tanh y.npy --input x.npy --dtype float32",
        "leave out --dtype, or round the results first",
        "check tanh y.npy --input x.npy",
        "linear y.npy --dtype float32 -o rounded.npy",
        "check tanh rounded.npy --input x.npy --dtype float32",
    ),
    # tables of integers, thresholds, and the likeliest entries
    case(
        "lut tanh --in int8 --out int8:1/128",
        "point after the type: --in int8:0.05:3",
        f"{LUT} --in int8:0.05:3",
    ),
    case(
        "lut tanh --in float32 --out int8:1/128",
        "say which x it covers: --range -8:8 --entries 1024",
        f"{LUT} --in float32 --range -8:8 --entries 1024",
    ),
    case(
        f"{LUT} --in int8:0.05 --range -8:8",
        "say which x there are; leave it out",
        f"{LUT} --in int8:0.05",
    ),
    case(
        f"{LUT} --in int8:0.05 --entries 100",
        "cut into a power of two, up to 256",
        f"{LUT} --in int8:0.05 --entries 128",
    ),
    case(
        f"{LUT} --in int16:0.001 --interpolate linear",
        "say how many entries there are: --entries 513",
        f"{LUT} --in int16:0.001 --interpolate linear --entries 513",
    ),
    case("info softmax --dtype float16", "has no thresholds; leave it out", "info softmax"),
    case("softmax --top 1 -d 1 1 2", "leave out -d", "softmax --top 1 1 2"),
    case(
        "softmax -c v",
        "null is in it; --mask-missing computes the others",
        "softmax -c v --mask-missing",
        text='{"v":[1,null,2]}\n',
    ),
    # groups of rows
    case(
        "softmax --by g --axis 1 -c x",
        "are groups of rows; leave it out",
        "softmax --by g -c x",
        text="g,x\na,1\n",
    ),
    case("softmax --sorted x.csv", "name their columns with --by", "softmax --sorted --by y -c x x.csv"),
    case(
        "softmax --by g --sorted -c x",
        "leave out --sorted, or sort the rows",
        "softmax --by g -c x",
        text="g,x\na,1\nb,2\na,3\n",
    ),
    case(
        "softmax --by g -c v",
        "-c names arrays; leave it out",
        "softmax -c v",
        text='{"g":"a","v":[1,2]}\n',
    ),
    case(
        "mish relu 1",
        "for several side by side: act compare sigmoid relu 1",
        "compare sigmoid relu 1",
    ),
    case("ln(x) 1", "write log(x)", "log(x) 1"),
    case("list -o x.foo", "for example -o page.txt", "list -o page.txt"),
    # neurons
    case(
        "neuron relu 1",
        "say --weights 0.2,-0.5, or --random 5",
        "neuron relu --weights 2 1",
        "neuron relu --random 5",
    ),
    case(
        "neuron relu --seed 3",
        "say --random 5 too, or leave it out",
        "neuron relu --seed 3 --random 5",
        "neuron relu --weights 2 1",
    ),
    case(
        "neuron relu --random 2 1 2",
        "leave out one of them",
        "neuron relu --random 2",
        "neuron relu --weights 1,2 1 2",
    ),
    case("neuron relu --weights 1;2 1 2", "a list such as 0.2,-0.5", "neuron relu --weights 1,2 1 2"),
    case(
        "neuron relu --weights x.npy 1 2",
        "weights are a comma list, or a CSV file",
        "neuron relu --weights 1,2 1 2",
        "neuron relu --weights w.csv 1 2",
    ),
    case("neuron relu --weights 1 x.csv", "choose columns with -c", "neuron relu --weights 1 x.csv -c x"),
    # arrays and tables
    case(
        "relu x.csv -o y.npy",
        "an array is written from one array, not from x.csv; try -o y.csv",
        "relu x.csv -o y.csv",
    ),
    case(
        "relu x.npz",
        "has 3 arrays, 'w', 'b', 'o'; name one of them: act ... x.npz:w; or write an archive: -o y.npz",
        "relu x.npz:w",
        "relu x.npz -c w,b -o y.npz",
    ),
    case("relu onne.npz:w", "did you mean one.npz:w?", "relu one.npz:w"),
    case("relu x.npz:ww", "there is no array 'ww'; did you mean 'w'?", "relu x.npz:w"),
    case(
        "relu x.npz -o y.npz",
        "x.npz:o: holds Python objects, which are not loaded; --exclude o copies it as it is",
        "relu x.npz --exclude o -o y.npz",
    ),
    case("relu x.npz -c o,w -o y.npz", "name others with -c", "relu x.npz -c w -o y.npz"),
    case(
        "relu x.npz -c w --exclude w",
        "all chosen arrays are excluded; exclude fewer, or choose more with -c",
        "relu x.npz -c w",
        "relu x.npz -c w,b --exclude w",
    ),
    case("relu -i x.npz:w", "for it alone: act ... -i -c w x.npz", "relu -i -c w x.npz"),
    case(
        "relu -a -c w twice.npz -o y.npz",
        "two arrays would be called 'w_relu'; compute this one alone: act ... twice.npz:w",
        "relu twice.npz:w -o y.npz",
    ),
    case(
        "relu one.npz -o y.npz:w",
        "a single array is not written into an archive; -o y.npz writes a new one",
        "relu one.npz -o y.npz",
    ),
    case(
        "relu x.npz:w -o x.npz",
        "its other arrays would be lost; to compute one in its place, say -i -c NAME",
        "relu -i -c w x.npz",
    ),
    case("relu x.csv -o y.npz", "not from x.csv; try -o y.csv", "relu x.csv -o y.csv"),
    case(
        "relu zipped",
        "name a file that ends in .npz: act ... x.npz, or unzip it, and name a file that was in it",
        "relu one.npz",
        "relu x.npy",
    ),
    case(
        f"{LUT} --in int8:1 -o y.parquet",
        "a lookup table is written as text or .npy; for example -o y.csv",
        f"{LUT} --in int8:1 -o y.csv",
        f"{LUT} --in int8:1 -o y.npy",
    ),
    case("relu -i -d 0,1 x.npy", "write several with -o y.npy", "relu -d 0,1 x.npy -o y.npy"),
    case("compare relu elu x.npy -o y.npy", "try -o y.csv", "compare relu elu x.npy -o y.csv"),
    case("relu x.npy -o y.npy.gz", "-o y.npy", "relu x.npy -o y.npy"),
    case("softmax --axis 5 x.npy", "the array has 2 dimensions", "softmax --axis 1 x.npy"),
    case("relu cube.npy", "write an array: -o y.npy", "relu cube.npy -o y.npy"),
    case("relu bare.npy", "name it: --dtype bfloat16", "relu bare.npy --dtype bfloat16"),
    case(
        "relu t.parquet t.parquet -o y.parquet",
        "try -o DIR/ or -o y.csv",
        "relu t.parquet -o d/",
        "relu t.parquet t.parquet -o y.csv",
    ),
    case("relu t.parquet -c s", "not numbers; name others with -c", "relu t.parquet -c x"),
    case(
        "softmax -c x,gap t.parquet -o y.parquet",
        "--invalid keep or nan goes on, --mask-missing",
        *(
            f"softmax -c x,gap t.parquet -o y.parquet {how}"
            for how in ("--invalid keep", "--invalid nan", "--mask-missing")
        ),
    ),
    case(
        "relu t.parquet -o y.parquet --dtype bfloat16",
        "float32 holds the same numbers",
        "relu t.parquet -o y.parquet --dtype float32",
    ),
    case(
        "relu x.csv --ragged keep -o y.parquet",
        "--ragged keep: every cell",
        "relu x.csv -o y.parquet",
    ),
    case(
        "relu latin.csv -c x -o y.parquet",
        "for example --encoding latin-1",
        "relu latin.csv -c x -o y.parquet --encoding latin-1",
    ),
    case(
        "relu latin.csv -c x -F json",
        "name its --encoding, such as latin-1",
        "relu latin.csv -c x -F json --encoding latin-1",
    ),
    case(
        "relu --encoding latin-x x.csv",
        "for example latin-1, cp1252, utf-16",
        "relu --encoding latin-1 x.csv",
        "relu --encoding cp1252 x.csv",
    ),
    # patterns of bits, and files of nothing but numbers
    case(
        "relu bare.bin",
        "--raw --dtype float32 reads bare numbers of that type, --encoding utf-16 text in UTF-16",
        "relu bare.bin --raw --dtype float16",
    ),
    case("relu --raw bare.bin", "for example --dtype float32", "relu --raw bare.bin --dtype float16"),
    case(
        "check relu --raw bare.bin --input bare.bin",
        "for example --dtype float32",
        "check relu --raw bare.bin --input bare.bin --dtype float16",
    ),
    case("relu --raw --dtype float32 bare.bin", "name their own type", "relu --raw --dtype float16 bare.bin"),
    case("relu --notation hex -p 3 1", "leave it out", "relu --notation hex 1", "relu -p 3 1"),
    case("relu every", "such as --dtype bfloat16; a file: ./every", "relu every --dtype float8_e5m2"),
    case("relu bits:13ff8000000000000", "; name its --dtype", "relu bits:3f80 --dtype bfloat16"),
    case("relu bits:3f800000", "digits; name its --dtype", "relu bits:3f800000 --dtype float32"),
    case(
        "relu --bits --dtype bfloat16 -o y.parquet",
        "say -o y.csv",
        "relu --bits --dtype bfloat16 -o y.csv",
        text="x\n3f80\n",
    ),
    case("relu --bits", "for example --dtype float32", "relu --bits --dtype float32", text="x\n3f800000\n"),
    case("relu 1 -o y.html", "with -F html into an HTML table", "relu 1 -F html -o y.html"),
    case("relu", "leave it out: tail -n +2", "relu", text="May\nid,x\n1,2\n", through="tail -n +2"),
    # delimited text
    case(
        "relu", "say --header or --no-header", "relu --header", "relu --no-header", text="0,1,2\n0.5,1.5,-2\n"
    ),
    case("relu", "say --header or --no-header", "relu --header", "relu --no-header -c 2", text="x,1\n2,3\n"),
    case(
        "relu -c x", "if the first row has their names, say --header", "relu -c x --header", text="x,1\n,2\n"
    ),
    case("relu -c q x.csv", "its columns are 'x', 'y'", "relu -c x x.csv"),
    case("relu -c score", "did you mean 'scores'?", "relu -c scores", text="scores,y\n1,2\n"),
    case(
        "relu -c x --exclude x x.csv",
        "exclude fewer, or choose more with -c",
        "relu -c x x.csv",
        "relu -c x,y --exclude x x.csv",
    ),
    case(
        "relu --exclude x", "--exclude leaves no column of numbers; exclude fewer", "relu", text="id,x\na,1\n"
    ),
    case(
        "relu",
        "-t sets the delimiter, -c names a column",
        "relu -c n --invalid keep",
        text="n\nx\n",
    ),
    case("softmax", "name the columns to work across with -c", "softmax -c a,b", text="id,a,b\nx,1,2\n"),
    case(
        "relu",
        "'sep=;', is for Excel alone; leave it out with tail -n +2",
        "relu",
        text="sep=;\na;b\n1;2\n",
        through="tail -n +2",
    ),
    case(
        "relu",
        "if lines that begin with # are comments, leave them out: grep -v '^#'",
        "relu",
        text="# by hand\nx\n1\n",
        through="grep -v '^#'",
    ),
    case("relu", "convert it first: tr '\\r' '\\n'", "relu", text="x\r1\r2\r", through="tr '\\r' '\\n'"),
    case(
        "relu",
        "jq -cR 'fromjson?' leaves such lines out",
        "relu",
        text='{"a":1}\n{"a":\n',
        through="jq -cR 'fromjson?'",
    ),
    case(
        "softmax",
        "name the keys to work across with -c: -c v",
        "softmax -c v",
        text='{"id":"a","v":[1,2]}\n',
    ),
    case(
        "relu one.json two.json",
        "become one with -F json or -F jsonl; -o DIR/ keeps each",
        "relu one.json two.json -F json",
        "relu one.json two.json -F jsonl",
        "relu one.json two.json -o d/",
    ),
    case(
        "relu -F csv",
        "-F jsonl keeps it, --ragged keep leaves it out of CSV and TSV",
        "relu -F jsonl",
        "relu -F csv --ragged keep",
        text='{"x":1}\n{"x":1,"z":3}\n',
    ),
    case("softmax", "choose with -c", "softmax -c v", text='{"x":1,"v":[1,2]}\n'),
    case("relu", "-c names one", "relu -c x --invalid nan", text='{"x":"1"}\n'),
    case("relu", "--ragged keep passes such rows as they are", "relu --ragged keep", text='{"x":1}\n[1]\n'),
    case("relu", "--invalid keep or nan goes on", "relu --invalid keep", text='{"x":1}\n{"x":true}\n'),
    case(
        "softmax",
        "is null, and it is computed together with others; --invalid keep or nan goes on",
        "softmax --invalid keep",
        text='{"x":1,"y":2}\n{"x":1,"y":null}\n',
    ),
    case(
        "neuron relu --weights 1,1",
        "choose it with -c",
        "neuron relu --weights 1,1 -c v",
        text='{"v":[1,2],"w":[1,2]}\n',
    ),
    case(
        "relu",
        "let the program before write plain numbers: act relu 1 2 -F plain",
        "relu 1 2 -F plain",
        text="\u256d\u2500\u256e\n",
    ),
    case(
        "relu",
        "if blanks separate the cells, say -t space",
        "relu -t space",
        text="label: -11.48\nother: 2.5\n",
    ),
    case("relu", "say --decimal , for 1.5", "relu --decimal ,", text="a;b\n1,5;2,5\n"),
    case(
        "relu",
        "say --thousands , for 1644 or --decimal , for 1.644",
        "relu --thousands ,",
        "relu --decimal ,",
        text='a\n"1,644"\n',
    ),
    case(
        "relu -c 1",
        "say --thousands , for 1644 or --decimal , for 1.644",
        "relu -c 1 --thousands ,",
        "relu -c 1 --decimal ,",
        text='a\n"1,644"\n',
    ),
    case(
        "relu --decimal ,",
        "say --thousands . for 1234 or --decimal . for 1.234",
        "relu --decimal , --thousands .",
        "relu --decimal .",
        text="a;b\n1.234;x\n",
    ),
    case(
        "relu --decimal ,",
        "say --thousands . for 1234.50",
        "relu --decimal , --thousands .",
        text="a;b\n1;x\n1.234,50;x\n",
    ),
    case(
        "relu -c a",
        "say --decimal , --thousands . for 1234.50",
        "relu -c a --decimal , --thousands .",
        text="a;b\n1.234,50;x\n",
    ),
    case("relu -c a", "say --thousands space for 1234", "relu -c a --thousands space", text="a;b\n1 234;x\n"),
    case(
        "relu -c a",
        "say --thousands apostrophe for 1234",
        "relu -c a --thousands apostrophe",
        text="a;b\n1'234;x\n",
    ),
    case(
        "relu --thousands ,",
        "say --decimal , without --thousands for 12.34",
        "relu --decimal ,",
        text='a\n"12,34"\n',
    ),
    case(
        "relu --decimal ,",
        "with --decimal , a comma separates no cells; if it does, say -t ,",
        "relu --decimal , -t ,",
        text='a,b\n"1,5","2,5"\n',
    ),
    case(
        "relu",
        "hexadecimal is for typed numbers; write 16",
        "relu",
        text="x\n1\n0x10\n",
        through="sed s/0x10/16/",
    ),
    case(
        "relu",
        "'zwei' is not a number; --invalid keep or nan goes on, --missing ,zwei calls it missing",
        *(f"relu {how}" for how in ("--invalid keep", "--invalid nan", "--missing ,zwei")),
        text="x,y\n1,1\nzwei,1\n,2\n",
    ),
    case(
        "relu --missing ,zwei",
        "'NA' is not a number; --invalid keep or nan goes on, --missing ,zwei,NA calls it missing",
        "relu --missing ,zwei,NA",
        text="x,y\n1,1\nzwei,1\n,2\nNA,3\n",
    ),
    case(
        "softmax",
        "--invalid keep or nan goes on, --mask-missing computes the others",
        *(f"softmax {how}" for how in ("--invalid keep", "--invalid nan", "--mask-missing")),
        text="x,y\n1,2\n,3\n",
    ),
    case("relu", "--ragged keep passes such rows as they are", "relu --ragged keep", text="x,y\n1,2\n3\n"),
    # too much, and in the wrong direction
    case("softmax -d 1 --plot 1 2", "--plot draws no Jacobians", "softmax -d 1 1 2", "softmax --plot 1 2"),
    case(
        "prelu --plot --alpha 1,2 1 2", "--plot draws one curve", "prelu --alpha 1,2 1 2", "prelu --plot 1 2"
    ),
    case("plot prelu --alpha 1,2", "a curve needs one --alpha, not a list", "plot prelu --alpha 1"),
    case(
        "softmax -d 2 -n",
        "are too many; choose fewer with -c",
        "softmax -d 2 -n -c 1-3",
        text=",".join(["1"] * 101),
    ),
    case(
        "compare softmax softmin --axis 0 x.csv",
        "compare one at a time; choose it with -c",
        "compare softmax softmin --axis 0 x.csv -c x",
    ),
]

IN_A_SHELL = [
    case(
        "act relu x.csv >> x.csv",
        "write to another one, or replace it with -i",
        "act relu x.csv > y.csv",
        "act relu -i x.csv",
    ),
    case("act relu 1 >&-", "standard output is closed; use -o FILE", "act relu 1 -o y.csv >&-"),
    case(
        "gzip < x.npy | act relu",
        "unpack it first: gzip -d FILE",
        "gzip < x.npy > z.npy.gz && gzip -d z.npy.gz && act relu z.npy",
    ),
    case(
        "zstd -q < x.csv | act relu",
        "pipe it: zstd -dc FILE | act ...",
        "zstd -q x.csv -o y && zstd -dc y | act relu",
    ),
]
"""Lines in which redirections or other programs are part of the matter."""

ROOT = Path(actcli.__file__).parent
ADVICE = re.compile(
    r"(?<![\w-])(--[a-z{]|-[a-zA-Z](?![\w-]))|\bact [a-z{]"
    r"|\b(say|did you mean|write(?! to)|try|jq|grep|tail|tr) "
)
"""A command, an option, or a word that tells what to type."""
EXAMPLE = re.compile(r"(echo .*\| )?act ")
"""Examples of help pages begin so: test_help_examples.py runs them."""
HELP = ("help", "examples", "format", "precision", "output", "columns", "missing")
"""Arguments that are texts of help pages."""
NO_MESSAGES = (
    *("cli/commands/man.py", "cli/commands/completion.py", "cli/complete/shells.py"),
    "analysis/facts.py",
)
"""Pages and scripts."""
NOT_FOLLOWED = {
    "Topics of act help": "a title: test_topics.py asks for each of them",
    "--seed {} draws": "the seed is another one each time: test_neuron.py follows it",
    "run act again": "two runs must write at once: test_cluster.py has them",
    "-j 1 works without": "a process must be killed: test_processes.py does",
    "python -X dev": "a fault of the program itself",
    "; with --like ": "the help of a parameter",
    **dict.fromkeys(
        ("Compute only these: names", "is an error here unless --invalid"), "the help of an option"
    ),
    "for a result for each file say -o {}/": "needs a URL: test_many_files.py has it",
    "the name of column {} is not all": "input that is not UTF-8: test_parquet.py has it",
    "if {} {} is meant": "input that is not UTF-8: test_csv.py has it",
    "-p 3 or fewer columns": "on a terminal of 80 columns: test_newcomers.py has one",
    "--cluster {}: give": "needs a scheduler: test_cluster.py starts one",
    "-o NAME": "needs an installation without Matplotlib",
    "; -F json has all": "a line of a long page: test_check_command.py has one",
    "has 4 billion numbers": "they take long: test_patterns.py writes the numbers of a smaller type",
    "curves are too many for a page": "test_plot.py has one",
    "a table of a range has": "for callers in Python: the option itself takes no others",
    **dict.fromkeys(
        ("--at centres", "--interpolate linear", "--round {}", "--entries {}", "--range {}:{}"),
        "parts of the line that a table of lut begins with",
    ),
    "{}\tact {}": "lines of names: test_names.py runs them",
    **dict.fromkeys(
        (" -d 0,1,2", "compare {} --like {}", "info {} -F json", " -p {}"),
        "parts of commands on pages for browsers: test_page.py runs them",
    ),
}
"""Advice that no line here can follow, and why."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "d").mkdir()
    (tmp_path / "sub").mkdir()
    for name in ("x.csv", "-x.csv", "sub/x.csv"):
        (tmp_path / name).write_text("x,y\n1,2\n-3,4\n")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    (tmp_path / "w.csv").write_text("1,2\n")
    (tmp_path / "latin.csv").write_bytes(b"x,y\n1,\xe9\n")
    np.save(tmp_path / "x.npy", np.array([[1.0, 2.0], [-3.0, 4.0]]))
    np.save(tmp_path / "y.npy", np.tanh(np.load(tmp_path / "x.npy")))
    half = np.maximum(every("float16"), 0)
    np.save(tmp_path / "half.npy", half)
    np.save(tmp_path / "wide.npy", half.astype(float))
    (tmp_path / "bare.bin").write_bytes(bytes(6))
    for name in ("one.json", "two.json"):
        (tmp_path / name).write_text('[{"x":1},{"x":-2}]')
    np.save(tmp_path / "cube.npy", np.ones((2, 2, 2)))
    np.savez(tmp_path / "x.npz", w=np.ones(2), b=np.ones(3), o=np.array([None]))
    np.savez(tmp_path / "one.npz", w=np.ones(2))
    np.savez(tmp_path / "twice.npz", w=np.ones(2), w_relu=np.ones(2))
    shutil.copy(tmp_path / "one.npz", tmp_path / "zipped")
    np.save(tmp_path / "bare.npy", np.array([b"\x80\x3f"], dtype="V2"))
    os.mkfifo(tmp_path / "fifo")
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        return tmp_path
    pq.write_table(pa.table({"x": [1.0, -2.0], "s": ["a", "b"], "gap": [None, 1.0]}), tmp_path / "t.parquet")
    return tmp_path


@pytest.mark.slow
@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("case", CASES, ids=[f"{place} {case.line}" for place, case in enumerate(CASES)])
def test_advice_works_where_it_is_given(act: Act, case: Case) -> None:
    _need_extras(case)
    refused = act(*shlex.split(case.line), stdin=case.text)
    assert case.says in refused.err
    text = case.text.encode()
    if case.through:
        if not shutil.which(case.through.split()[0]):
            pytest.skip(f"{case.through.split()[0]} is not installed")
        text = subprocess.run(shlex.split(case.through), input=text, capture_output=True, check=True).stdout
    assert case.follow
    for line in case.follow:
        followed = act(*shlex.split(line), stdin=text)
        assert (line, followed.code, followed.err if followed.code else "") == (line, 0, "")


def _need_extras(*cases: Case) -> None:
    """Skip where a package is not installed without which these cases are answered otherwise."""
    lines = " ".join(line for case in cases for line in (case.line, *case.follow))
    if ".parquet" in lines:
        pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    if re.search(r"\.(svg|png)", lines):
        pytest.importorskip("matplotlib", reason="Matplotlib is not installed")


def sh(line: str) -> Outcome:
    """Run a line of the shell in the working folder, in which `act` is the program."""
    return run(program=("sh", "-c", f'act() {{ "$0" -m actcli "$@"; }}; {line}', sys.executable))


@pytest.mark.slow
@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("case", IN_A_SHELL, ids=[case.line for case in IN_A_SHELL])
def test_advice_works_in_a_shell(case: Case) -> None:
    program = case.line.split()[0]
    if program != "act" and not shutil.which(program):
        pytest.skip(f"{program} is not installed")
    assert case.says in sh(case.line).err
    for line in case.follow:
        assert (line, sh(line).code) == (line, 0)


def advice() -> Iterator[tuple[str, str]]:
    """Where a text in the source tells what to type, and the text, with {} where something is put in."""
    for path in sorted(ROOT.rglob("*.py")):
        place = path.relative_to(ROOT).as_posix()
        families = place.startswith("activations/") and path.stem not in (
            "__init__",
            "record",
            "frameworks",
            "formula",
        )
        if place in NO_MESSAGES or families:
            continue
        tree = ast.parse(path.read_text())
        passed = {id(part) for node in ast.walk(tree) for part in _no_messages(node)}
        for node in ast.walk(tree):
            text = _text(node)
            if (
                id(node) not in passed
                and " " in text.strip()
                and ADVICE.search(text)
                and not EXAMPLE.match(text)
            ):
                yield f"{place}:{getattr(node, 'lineno', 0)}", text


def _no_messages(node: ast.AST) -> Iterator[ast.AST]:
    """Texts that are no messages of their own: docstrings, help, examples, parts of a larger text."""
    if isinstance(node, ast.Expr):
        yield node.value
    if isinstance(node, ast.JoinedStr):
        yield from node.values
    if isinstance(node, ast.keyword) and node.arg in HELP:
        yield from ast.walk(node.value)
    if isinstance(node, ast.FunctionDef) and node.name == "_examples":
        yield from ast.walk(node)


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return ""


@pytest.mark.slow
@pytest.mark.usefixtures("folder")
def test_no_advice_is_forgotten(act: Act) -> None:
    """Each text of the source that tells what to type is part of a message that a case provokes."""
    _need_extras(*CASES)
    told = [act(*shlex.split(case.line), stdin=case.text).err for case in CASES]
    told += [sh(case.line).err for case in IN_A_SHELL]
    forgotten = []
    for place, text in advice():
        pattern = re.compile(".*?".join(map(re.escape, text.split("{}"))))
        if not any(map(pattern.search, told)) and not any(part in text for part in NOT_FOLLOWED):
            forgotten.append(f"{place}: {text}")
    assert not forgotten, "\n".join(forgotten)
