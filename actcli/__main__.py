"""The entry point: sets up signals, runs the root command, and turns errors into exit codes."""

from __future__ import annotations

import gc

gc.set_threshold(200_000)  # garbage collections during imports take longer than most imports

import os  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # no threads may start before a fork

DONE, FAILED, INTERRUPTED = 0, 1, 130
_WHERE = "python -X dev -m actcli ... shows where"


def main() -> None:
    """Run the program and exit with its code."""
    _prepare()
    try:
        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # raised if a worker process was interrupted
        code = _interrupted()
    gc.freeze()  # the exit needs no garbage collection
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run `act` with these arguments; return its exit code: 0 done, 1 failed, 2 wrong usage.

    Errors become a message on standard error. In Python's development mode, unexpected ones are raised.
    """
    from actcli.errors import ActError

    try:
        return _answered() if "_ACT_COMPLETE" in os.environ else _done(arguments)
    except ActError as error:
        return _complain(str(error), error.exit_code, error.pointer)
    except OSError as error:
        return _system_error(error)
    except MemoryError:
        return _complain("there is not enough memory for this", FAILED)
    except Exception as error:
        if sys.flags.dev_mode:
            raise
        what = f"{type(error).__name__}: {error}"
        return _complain(f"this is a mistake in act: {what}; {_WHERE}", FAILED)


def _done(arguments: list[str]) -> int:
    import click

    from actcli.cli.menu import menu

    root = menu()
    try:
        with root.make_context("act", arguments) as context:
            root.invoke(context)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        from actcli.cli.suggestions import explained

        return _complain(explained(error), error.exit_code)
    return DONE


def _answered() -> int:
    """Answer a shell's request for completions and return the exit code."""
    from actcli.cli.complete.shells import answer
    from actcli.cli.menu import menu

    return answer(menu())


def _complain(message: str, code: int, pointer: str = "") -> int:
    from actcli.cli.display.messages import complain

    complain(message, pointer)
    return code


def _system_error(error: OSError) -> int:
    """Report an OSError that no other module has translated, with its file if known; return the exit code."""
    why = error.strerror or str(error)
    if error.filename is not None:
        return _complain(f"{os.fsdecode(error.filename)}: {why}", FAILED)
    if sys.flags.dev_mode:
        raise error
    return _complain(f"the system refused something: {why}; {_WHERE}", FAILED)


def _interrupted() -> int:
    """End the program by SIGINT, so that a shell's loop ends too; return an exit code if that is blocked."""
    from actcli.io.signals import die_with

    die_with(signal.SIGINT)
    return INTERRUPTED


def _prepare() -> None:
    """Hide warnings of libraries, open closed standard descriptors, let SIGINT and SIGPIPE end the program.

    Users cannot act on such warnings; `python -W` and -X dev show them. The default action of the signals
    replaces exceptions, which could break a library while it is being loaded.
    """
    if not sys.warnoptions and not sys.flags.dev_mode:
        import warnings

        warnings.simplefilter("ignore")
    for descriptor in (0, 1, 2):
        _occupy(descriptor)
    for name in ("SIGINT", "SIGPIPE"):
        number = getattr(signal, name, None)  # Windows has no SIGPIPE
        if number is not None and (name == "SIGPIPE" or callable(signal.getsignal(number))):
            signal.signal(number, signal.SIG_DFL)


def _occupy(descriptor: int) -> None:
    """Open /dev/null on a closed standard descriptor: else the next file opened would get its number."""
    try:
        os.fstat(descriptor)
    except OSError:
        os.open(os.devnull, os.O_RDWR)


if __name__ == "__main__":
    main()
