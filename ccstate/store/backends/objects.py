"""Object stores: Amazon S3 and what is like it, Google Cloud Storage, Azure Blob Storage, through `obstore`.

Three objects side by side: the state, its lock and the record of the run. Each is written with the store's
own precondition (an ETag or a generation). Credentials and endpoints come from the environment, under the
names that the stores' own tools use.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final
from urllib.parse import urlsplit

from ccstate.core.diagnostics import Refused
from ccstate.store.backend import Document, Lock, Moved, Stored, forbidden, unreachable
from ccstate.store.backends import bad_address, missing_extra
from ccstate.store.lease import LeasedLock

_SUFFIX: Final = {"state": "", "lock": ".lock", "run": ".run"}
_NO_BUCKET: Final = ("NoSuchBucket", "ContainerNotFound", "The specified bucket does not exist")
_VARIABLES: Final = {
    "s3": "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS",
    "az": "AZURE_STORAGE_ACCOUNT_NAME, AZURE_STORAGE_ACCOUNT_KEY",
}
_RETRIES: Final = 3


def open_at(address: str) -> ObjectBackend:
    """The objects of an address such as `s3://bucket/shop/state.json`."""
    parts = urlsplit(address)
    key = parts.path.lstrip("/")
    if not parts.netloc or not key or parts.query or parts.fragment or "@" in parts.netloc:
        raise bad_address(address, f"write it as {parts.scheme}://BUCKET/PATH/state.json")
    return ObjectBackend(address, _store(parts.scheme, parts.netloc), key)


def _store(scheme: str, bucket: str) -> Any:
    try:
        from obstore.exceptions import BaseError
        from obstore.store import AzureStore, GCSStore, S3Store
    except ImportError as why:
        raise missing_extra("an object store", "object-store") from why
    classes: dict[str, Any] = {"s3": S3Store, "gs": GCSStore, "az": AzureStore}
    from datetime import timedelta

    retries = {"max_retries": _RETRIES, "retry_timeout": timedelta(seconds=20)}
    try:
        return classes[scheme](bucket, retry_config=retries)
    except BaseError as why:
        raise forbidden(f"{scheme}://{bucket}", _said(why), _hint(scheme)) from why


class ObjectBackend:
    """The objects of one state."""

    def __init__(self, address: str, store: Any, key: str) -> None:
        self._address, self._store, self._key = address, store, key

    @property
    def address(self) -> str:
        """As it stands in ccstate.yaml, where no credentials are."""
        return self._address

    def place(self, document: Document) -> str:
        """The object."""
        return self._address + _SUFFIX[document]

    def get(self, document: Document) -> Stored | None:
        """What the object holds, and its version."""
        import obstore
        from obstore.exceptions import BaseError

        try:
            found = obstore.get(self._store, self._key + _SUFFIX[document])
            return Stored(bytes(found.bytes()), _token(found.meta))
        except FileNotFoundError as why:
            if any(each in str(why) for each in _NO_BUCKET):
                raise self._failed(document, why) from why
            return None
        except BaseError as why:
            raise self._failed(document, why) from why

    def put(self, document: Document, text: str, token: str | None) -> str:
        """Write the object under the precondition that it is as the token says."""
        import obstore
        from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError

        mode: Any = "create" if token is None else json.loads(token)
        try:
            # One part, because a multipart upload has no precondition everywhere.
            done = obstore.put(
                self._store, self._key + _SUFFIX[document], text.encode(), mode=mode, use_multipart=False
            )
        except (AlreadyExistsError, PreconditionError) as why:
            raise Moved from why
        except FileNotFoundError as why:
            if any(each in str(why) for each in _NO_BUCKET) or token is None:
                raise self._failed(document, why) from why
            raise Moved from why
        except BaseError as why:
            raise self._failed(document, why) from why
        return _token(done)

    def lock(self) -> Lock:
        """A lease in the object beside the state."""
        return LeasedLock(self)

    def _failed(self, document: Document, why: Exception) -> Refused:
        from obstore.exceptions import PermissionDeniedError, UnauthenticatedError

        if isinstance(why, PermissionDeniedError | UnauthenticatedError):
            return forbidden(self.place(document), _said(why), _hint(urlsplit(self._address).scheme))
        return unreachable(self.place(document), _said(why))


def _token(meta: Any) -> str:
    """The precondition for the next write: what the store says of this version, and what it says at all."""
    return json.dumps({name: meta[name] for name in ("e_tag", "version") if meta.get(name)})


def _said(why: Exception) -> str:
    """What happened, and the store's own word for it; what follows is for those who know the library."""
    first = str(why).partition("\n")[0].partition(": <?xml")[0]
    code = re.search(r"<Code>(\w+)</Code>", str(why))
    return f"{first}: {code[1]}" if code else first


def _hint(scheme: str) -> str:
    return f"set {_VARIABLES[scheme]}, or run where the machine has a role"
