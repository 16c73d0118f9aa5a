"""Runs the HTTP door until it is told to stop."""

from __future__ import annotations

import errno
import ipaddress
import secrets
import socket
import threading
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import uvicorn

from modeldb.errors import InvalidInput
from modeldb.server.http.app import build_app
from modeldb.server.http.opening import serving
from modeldb.server.http.security import Policy, local_hosts

if TYPE_CHECKING:
    from modeldb.database import Database

FIRST_PORT = 8265
PORTS_TRIED = 50


@dataclass(frozen=True)
class Address:
    """Where a server listens and what opens it."""

    host: str
    port: int
    token: str

    @property
    def url(self) -> str:
        """The address to open. What stands after `#` never leaves the browser."""
        host = {"0.0.0.0": socket.gethostname(), "::": socket.gethostname()}.get(self.host, self.host)
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}/#token={self.token}"


class Server(uvicorn.Server):
    """A server whose open streams of news end when it is told to stop, rather than hold it up."""

    def __init__(self, config: uvicorn.Config, state: Any) -> None:
        super().__init__(config)
        self._state = state

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._state.hub.close()
        await super().shutdown(sockets)


def serve(
    db: Database,
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    token: str | None = None,
    open_browser: bool = False,
    announce: Callable[[Address], None] = lambda address: None,
) -> None:
    """Serves a store until interrupted; `announce` is told the address once requests are answered.

    Without a port the first free one from 8265 is taken. A token that is given, or any on an address other machines
    can reach, is needed for reading too. Raises InvalidInput when the address cannot be used.
    """
    listening = listen(host, port)
    local = is_loopback(host)
    address = Address(host, listening.getsockname()[1], token or secrets.token_urlsafe(24))
    policy = Policy(
        token=address.token,
        hosts=local_hosts(address.port) if local else None,
        protect_reads=token is not None or not local,
    )
    with serving(db) as state:
        app = build_app(state, policy)
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, server_header=False, timeout_graceful_shutdown=1
        )
        server = Server(config, app.state)
        threading.Thread(target=_announce, args=(server, address, open_browser, announce), daemon=True).start()
        try:
            server.run(sockets=[listening])
        except KeyboardInterrupt:
            pass
        finally:
            listening.close()


def listen(host: str, port: int | None) -> socket.socket:
    """A listening socket on this port, or on the first free one. Raises InvalidInput when there is none."""
    wanted = range(FIRST_PORT, FIRST_PORT + PORTS_TRIED) if port is None else [port]
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for number in wanted:
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, number))
            listening.listen(128)
        except OSError as error:
            listening.close()
            if port is None and error.errno in (errno.EADDRINUSE, errno.EACCES):
                continue
            raise InvalidInput(
                f"Cannot listen on {host}:{number} ({error.strerror or error}). Choose another --port or --host."
            ) from error
        return listening
    last = FIRST_PORT + PORTS_TRIED - 1
    raise InvalidInput(f"All ports from {FIRST_PORT} to {last} are taken. Choose one with --port.")


def is_loopback(host: str) -> bool:
    """True when only this machine can reach the address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _announce(
    server: uvicorn.Server, address: Address, open_browser: bool, announce: Callable[[Address], None]
) -> None:
    waiting = threading.Event()
    while not server.started:
        if server.should_exit or waiting.wait(0.02):
            return
    announce(address)
    if open_browser:
        webbrowser.open(address.url)
