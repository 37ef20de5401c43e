"""extrawest-ocpi, which nobody here wrote, between our simulator and our connector.

It reads a charge point operator as an eMSP would (versions, then every page of locations and tariffs, by the
links), holds each object to its own pydantic models of OCPI 2.2.1, and serves what it read as a CPO of its
own. The first line on standard output is JSON: where it serves, and how many objects it read. It ends with
its standard input, and then writes every request that it was asked, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import sys
import threading
from datetime import datetime
from typing import Any

import httpx
import uvicorn
from py_ocpi import get_application  # type: ignore[import-not-found]  # in an environment of its own
from py_ocpi.core.authentication.authenticator import (  # type: ignore[import-not-found]  # as above
    Authenticator,
)
from py_ocpi.core.crud import Crud  # type: ignore[import-not-found]  # as above
from py_ocpi.core.enums import ModuleID, RoleEnum  # type: ignore[import-not-found]  # as above
from py_ocpi.core.schemas import OCPIResponse  # type: ignore[import-not-found]  # as above
from py_ocpi.core.utils import encode_string_base64  # type: ignore[import-not-found]  # as above
from py_ocpi.modules.locations.v_2_2_1.schemas import Location  # type: ignore[import-not-found]  # as above
from py_ocpi.modules.tariffs.v_2_2_1.schemas import Tariff  # type: ignore[import-not-found]  # as above
from py_ocpi.modules.versions.enums import VersionNumber  # type: ignore[import-not-found]  # as above
from py_ocpi.modules.versions.schemas import Version  # type: ignore[import-not-found]  # as above
from py_ocpi.modules.versions.v_2_2_1.schemas import (  # type: ignore[import-not-found]  # as above
    VersionDetail,
)

_MODELS = {"locations": Location, "tariffs": Tariff}
_OBJECTS: dict[str, list[Any]] = {}
_TOKEN = sys.argv[2]


def read(base: str) -> None:
    """Read every object of a CPO; a pydantic error where one does not keep to the model."""
    headers = {"authorization": f"Token {encode_string_base64(_TOKEN)}"}
    with httpx.Client(headers=headers, timeout=30) as client:
        (version,) = [Version(**one) for one in _data(client.get(f"{base}/ocpi/versions"))]
        details = VersionDetail(**_data(client.get(version.url)))
        for endpoint in details.endpoints:
            module = endpoint.identifier.value
            found: list[Any] = []
            answer = client.get(endpoint.url)
            while True:
                found += [_MODELS[module](**one) for one in _data(answer)]
                if "next" not in answer.links:
                    break
                answer = client.get(answer.links["next"]["url"])
            assert len(found) == int(answer.headers["x-total-count"])
            _OBJECTS[module] = found


def _data(answer: httpx.Response) -> Any:
    answer.raise_for_status()
    envelope = OCPIResponse(**answer.json())
    assert envelope.status_code == 1000
    return envelope.data


class Served(Crud):  # type: ignore[misc]  # its class is not known here
    """The objects that were read."""

    @classmethod
    async def get(cls, module: Any, role: Any, id: Any, *_: Any, **__: Any) -> Any:  # noqa: A002  # its own name
        """By id."""
        return next((one for one in _OBJECTS[module.value] if one.id == id), None)

    @classmethod
    async def list(cls, module: Any, role: Any, filters: Any, *_: Any, **__: Any) -> Any:
        """A page, how many there are, and whether it is the last."""
        begin = filters["date_from"]
        found = [
            one
            for one in _OBJECTS[module.value]
            if begin is None or datetime.fromisoformat(one.last_updated) >= begin
        ]
        offset, limit = filters["offset"], filters["limit"]
        return found[offset : offset + limit], len(found), offset + limit >= len(found)

    async def create(self, *_: Any, **__: Any) -> Any:
        """Nothing is written."""
        raise NotImplementedError

    update = delete = do = create


class Adapted:
    """What is kept is in the models already."""

    @classmethod
    def location_adapter(cls, data: Any, *_: Any) -> Any:
        """As it is."""
        return data

    tariff_adapter = location_adapter


class Known(Authenticator):  # type: ignore[misc]  # its class is not known here
    """One token."""

    @classmethod
    async def get_valid_token_c(cls) -> Any:
        """The one that the simulator has, too."""
        return [_TOKEN]

    @classmethod
    async def get_valid_token_a(cls) -> Any:
        """None: credentials are not exchanged."""
        return []


class Watched:
    """Notes every request in front of an app."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.asked: list[tuple[str, str, int]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass it on."""

        async def noted(message: Any) -> None:
            if message["type"] == "http.response.start":
                query = scope["query_string"].decode()
                self.asked.append((scope["path"], query, message["status"]))
            await send(message)

        await self.app(scope, receive, noted if scope["type"] == "http" else send)


def main() -> None:
    """Read, serve, and end with the standard input."""
    logging.getLogger("OCPI-Logger").setLevel(logging.ERROR)
    read(sys.argv[1])
    modules = [ModuleID.locations, ModuleID.tariffs]
    app = Watched(get_application([VersionNumber.v_2_2_1], [RoleEnum.cpo], Served, modules, Known, Adapted))
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
    port = listening.getsockname()[1]
    counts = {module: len(found) for module, found in _OBJECTS.items()}
    sys.stdout.write(json.dumps({"url": f"http://127.0.0.1:{port}", "read": counts}) + "\n")
    sys.stdout.flush()

    def wait() -> None:
        sys.stdin.read()
        server.should_exit = True

    threading.Thread(target=wait, daemon=True).start()
    asyncio.run(server.serve(sockets=[listening]))
    sys.stdout.write(json.dumps(app.asked) + "\n")


if __name__ == "__main__":
    main()
