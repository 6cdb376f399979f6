"""Error answers, in the two shapes that the service uses.

    ApiError            anything that is not a success; carries its finished body
        array form      business and validation errors, each service under its own prefix
        object form     the gateway: authorisation, throttling, and what is not a resource at all

The keys of the contacts service are documented. Those of the campaign, segment and account services are not;
ours look alike, and no client should branch on them.
"""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    def __init__(self, status: int, body: Any, headers: tuple[tuple[bytes, bytes], ...] = ()) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body
        self.headers = headers


def _array(status: int, key: str, message: str) -> ApiError:
    return ApiError(status, [{"error_key": key, "error_message": message}])


def _object(status: int, key: str, message: str, headers: tuple[tuple[bytes, bytes], ...] = ()) -> ApiError:
    return ApiError(status, {"error_key": key, "error_message": message}, headers)


def invalid(service: str, *problems: str) -> ApiError:
    return _array(400, f"{service}.api.validation.error", ", ".join(problems))


def not_found(service: str, message: str) -> ApiError:
    return _array(404, f"{service}.api.not_found", message)


def conflict(service: str, message: str) -> ApiError:
    return _array(409, f"{service}.api.conflict", f"Validation failed: {message}")


def malformed(service: str, message: str) -> ApiError:
    return _array(400, f"{service}.api.malformed_json", message)


def unauthorized() -> ApiError:
    return _object(401, "unauthorized", "Unauthorized")


def access_denied(message: str) -> ApiError:
    return _object(403, "access_denied", f"Forbidden: {message}")


def throttled() -> ApiError:
    return _object(429, "throttled", "Too Many Requests")


def quota_exceeded() -> ApiError:
    return _object(429, "quota_exceeded", "Limit Exceeded")


def no_such_path(path: str) -> ApiError:
    return _object(404, "not_found", f"There is nothing at {path}")


def not_emulated(method: str, path: str) -> ApiError:
    return _object(404, "emulator.not_emulated", f"{method} {path} is part of the API but not emulated")


def method_not_allowed(method: str, allowed: str) -> ApiError:
    return _object(
        405,
        "method_not_allowed",
        f"{method} is not supported here, but {allowed}",
        ((b"allow", allowed.encode()),),
    )


def wrong_media_type(wanted: str) -> ApiError:
    return _object(415, "unsupported_media_type", f"The body must be sent as {wanted}")


def missing_headers(*names: str) -> ApiError:
    """As the guide to partner accounts has it: not 401, and not 400."""
    return _object(415, "unsupported_media_type", f"The headers {' and '.join(names)} are needed")


def bad_request(message: str) -> ApiError:
    """What cannot even be read as HTTP."""
    return _object(400, "bad_request", message)


def too_large(limit: int) -> ApiError:
    return _object(413, "payload_too_large", f"A body may have {limit} bytes at most")


def busy() -> ApiError:
    return _object(503, "service_unavailable", "The emulator's database is locked by another process")
