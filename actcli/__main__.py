"""The entry point: signals, exit codes, then the menu."""

from __future__ import annotations

import gc

gc.disable()  # collecting while modules load costs more than most of them; enabled again in run()

import os  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # no matrices here: no threads before a fork

from typing import NoReturn  # noqa: E402

KILLED = 128  # a shell adds the signal's number


def main() -> NoReturn:
    """Run the program and exit with its code."""
    code = run(sys.argv[1:])
    gc.freeze()  # nothing is worth collecting on the way out
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """The program's exit code: 0 done, 1 data or I/O error, 2 usage, 130 interrupted."""
    import click

    from actcli.commands.menu import menu
    from actcli.errors import ActError
    from actcli.signals import Terminated

    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    if "_ACT_COMPLETE" in os.environ:
        from actcli.commands import shells

        return shells.answer(menu())
    try:
        code = menu().main(arguments, prog_name="act", standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()
    except click.ClickException as error:
        return _complain(error.format_message(), error.exit_code)
    except ActError as error:
        return _complain(str(error), error.exit_code)
    except (KeyboardInterrupt, click.Abort, Terminated) as error:
        return _ended_by(getattr(error, "number", signal.SIGINT))
    except OSError as error:
        return _cannot_write(error)
    return code if isinstance(code, int) else 0


def _complain(message: str, code: int) -> int:
    if sys.stderr is not None:
        print(f"act: {message}", file=sys.stderr)  # noqa: T201  this is what the user reads
    return code


def _ended_by(number: int) -> int:
    """End as this signal ends a program, so that a shell loop ends too."""
    from actcli.signals import end_by

    end_by(number)
    return KILLED + number


def _cannot_write(error: OSError) -> int:
    """What is left in the buffer cannot be written either: let the exit flush go to nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return _complain(f"cannot write to standard output: {error.strerror}", 1)


if __name__ == "__main__":
    main()
