"""One named answer: what must come out, and what did."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """expected and got are compared as they are."""

    name: str
    expected: object
    got: object

    def tell(self) -> bool:
        """Print one line; returns whether the answer is right."""
        right = self.expected == self.got
        mark = "ok  " if right else "FAIL"
        print(f"{mark} {self.name}: {self.got}" + ("" if right else f", expected {self.expected}"), flush=True)
        return right
