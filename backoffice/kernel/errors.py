"""The two expected failures of the house. Anything else is a bug and crashes loudly."""


class Refusal(Exception):
    """The expected "no": shown where the request was made, never retried, and nothing is written.

    code: stable, machine-readable, e.g. "approval.same_person".
    message: a plain sentence that says the effect and the fix.
    field: the form field it belongs to, or "" for the form as a whole.
    """

    def __init__(self, code: str, message: str, field: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field


class Stale(Refusal):
    """Somebody else saved the same row between the opening of a form and its sending."""


class Unavailable(Exception):
    """An outside system did not answer (network, 5xx): the only error that is retried."""
