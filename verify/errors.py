"""The kind of error that a user can mend."""


class UsageError(ValueError):
    """A request that cannot be met; its message is one line that says what is allowed instead."""


class DamagedError(UsageError):
    """A ledger that cannot be read as it was written; its message names what is damaged."""
