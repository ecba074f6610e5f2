"""Every error that aisle raises for something a user can mend.

    AisleError
    ├── InputError          what was handed in cannot be used
    │   ├── TableError      a table that cannot be read, or lacks a column
    │   ├── ImageError      a picture that cannot be read
    │   ├── LabelError      labels that cannot be learned from
    │   └── UnknownCategoryError  a category that is not in the tree
    ├── EncoderError        an encoder that cannot be found, loaded or run
    ├── ModelError          a model folder that cannot be loaded
    ├── MissingExtraError   an optional dependency that is not installed
    ├── OutputError         a file that cannot be written
    ├── StoreError          a database that cannot be opened or used
    ├── StaleLeaseError     a lease that no longer holds its product
    └── ServiceError        a service that cannot be reached, or refuses

Each message is one line: what came, what was expected, what to do. The command line prints it and
exits with code 2.
"""


class AisleError(Exception):
    """Base of all errors that a user can mend."""


class InputError(AisleError):
    """What was handed in cannot be used."""


class TableError(InputError):
    """A table cannot be read, or lacks a column."""


class ImageError(InputError):
    """A picture cannot be read."""


class LabelError(InputError):
    """The labels cannot be learned from."""


class UnknownCategoryError(InputError):
    """A category is not in the tree."""


class EncoderError(AisleError):
    """An encoder cannot be found, loaded or run."""


class ModelError(AisleError):
    """A model folder is damaged, foreign or of a newer format."""


class MissingExtraError(AisleError):
    """An optional dependency is not installed.

    Args:
        feature: what was asked for.
        extra: the extra of aisle that brings it.
    """

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f'{feature} is not installed; run: pip install "aisle[{extra}]"')


class OutputError(AisleError):
    """A file cannot be written."""


class StoreError(AisleError):
    """A database cannot be opened or used."""


class StaleLeaseError(AisleError):
    """A lease that no longer holds its product, or never did."""

    def __init__(self) -> None:
        super().__init__("the lease has expired or was never given; take the product again")


class ServiceError(AisleError):
    """A service cannot be reached, refuses, or is none of aisle's."""
