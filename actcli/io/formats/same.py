"""The kind of text that came in: its delimiter, quotes and line ends."""

from actcli.io.formats import csv

BETWEEN = b""
head = csv.same_head
body = csv.same_body
tail = csv.tail
