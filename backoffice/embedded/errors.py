"""What the embedded servers say when they cannot run."""


class EmbeddedError(RuntimeError):
    """The embedded servers cannot run. The message is one sentence for the person at the terminal."""
