"""The two servers as one stack in one folder."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from backoffice.embedded import places
from backoffice.embedded.postgres import Postgres
from backoffice.embedded.valkey import Valkey

Server = Postgres | Valkey
KINDS: dict[str, tuple[str, type[Postgres] | type[Valkey]]] = {
    Postgres.variable: ("postgres", Postgres),
    Valkey.variable: ("valkey", Valkey),
}


class Stack:
    """Servers below `folder`, named by the environment variable that each one answers: DATABASE_URL, REDIS_URL."""

    def __init__(self, folder: Path, *, fast: bool = False) -> None:
        self.folder = places.make_folder(folder)
        self.fast = fast
        self.servers: dict[str, Server] = {}

    @property
    def urls(self) -> dict[str, str]:
        """The addresses of the servers that were started."""
        return {variable: server.url for variable, server in self.servers.items()}

    def start(self, variables: Iterable[str]) -> dict[str, str]:
        """Start what is named and does not run yet, and return all addresses."""
        for variable in variables:
            if variable not in self.servers:
                server = self.server(variable)
                server.start()
                self.servers[variable] = server
        return self.urls

    def server(self, variable: str) -> Server:
        """The server that answers `variable`, not started."""
        name, kind = KINDS[variable]
        return kind(self.folder / name, fast=self.fast)

    def revive(self) -> list[str]:
        """Start again, on its old port, every server that ended by itself; returns which."""
        dead = [variable for variable, server in self.servers.items() if not server.alive()]
        for variable in dead:
            self.servers[variable].start()
        return dead

    def stop(self) -> None:
        """Stop all servers, the last one started first."""
        for server in reversed(self.servers.values()):
            server.stop()

    def remove(self) -> None:
        """Delete the data of both servers."""
        for variable in KINDS:
            self.server(variable).remove()


@contextmanager
def running(folder: Path, *, fast: bool = False, variables: Iterable[str] = tuple(KINDS)) -> Iterator[dict[str, str]]:
    """A stack of its own for the time of a `with`, without a supervisor; yields the addresses."""
    stack = Stack(folder, fast=fast)
    try:
        yield stack.start(variables)
    finally:
        stack.stop()
