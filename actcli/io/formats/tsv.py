"""Tab-separated values."""

from functools import partial

from actcli.io.formats import csv

BETWEEN = b""
head = partial(csv.head, delimiter=b"\t")
body = partial(csv.body, delimiter=b"\t")
tail = csv.tail
