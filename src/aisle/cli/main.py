"""The entry point: one group of commands, and one line for each mistake."""

from __future__ import annotations

import sys

import click

from aisle._version import __version__
from aisle.cli.demo import demo
from aisle.cli.interruption import MESSAGE, STOPPED
from aisle.cli.modelling import compare, evaluate, fit
from aisle.cli.prediction import classify, predict
from aisle.cli.preparation import prepare, split
from aisle.cli.serve import serve
from aisle.errors import AisleError

MISTAKE = 2


class _OrderedGroup(click.Group):
    """Lists its commands in the order of the work, not of the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(self.commands)


@click.group(
    cls=_OrderedGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="aisle")
def aisle() -> None:
    """Put every product into the right category of your own tree, from its text and its pictures.

    Start with: aisle demo
    """


for command in (demo, prepare, split, fit, evaluate, compare, predict, classify, serve):
    aisle.add_command(command)


def main() -> None:
    """Runs the command line; a user's mistake is one line and exit code 2."""
    try:
        aisle(prog_name="aisle", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(MISTAKE)
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "aisle"
        message = " ".join(error.format_message().split())
        click.echo(f"aisle: {message} (see {command} --help)", err=True)
        sys.exit(MISTAKE)
    except (click.Abort, KeyboardInterrupt):
        click.echo(MESSAGE, err=True)
        sys.exit(STOPPED)
    except AisleError as error:
        click.echo(f"aisle: {error}", err=True)
        sys.exit(MISTAKE)
    except OSError as error:
        click.echo(f"aisle: {error.filename or 'a file'}: {error.strerror or error}", err=True)
        sys.exit(MISTAKE)
