"""The few pages that a person sees: small, plain, without scripts, and with everything escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

from ccstate.emulator.oauth import users
from ccstate.emulator.oauth.applications import Application
from ccstate.emulator.wire import Answer, Headers

HTML = "text/html; charset=utf-8"
_HEADERS: Headers = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
)
_STYLE = """
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { margin: 0 auto; max-width: 36rem; padding: 2rem 1rem }
h1 { font-size: 1.4rem; line-height: 1.25 }
code { overflow-wrap: anywhere }
fieldset, ul { margin: 1rem 0 }
fieldset { border: 1px solid; border-radius: .3rem }
label { display: block; padding: .2rem 0 }
input[type=text] { display: block; font: inherit; letter-spacing: .1em; padding: .4rem; width: 12rem }
button { font: inherit; margin-right: .5rem; padding: .4rem 1.2rem }
.note { border-top: 1px solid; font-size: .85rem; margin-top: 2rem; padding-top: .5rem }
"""
_FOOTER = '<footer class="note">This is an emulator: it asks for no password and sends no mail.</footer>'
_MEANINGS = {
    "account_read": "read the account",
    "account_update": "change the account",
    "billing_data": "read and change billing",
    "campaign_data": "read and change campaigns",
    "contact_data": "read and change contacts",
    "offline_access": "stay signed in",
    "openid": "know who you are",
}


def page(title: str, content: str, status: int = 200) -> Answer:
    """`content` is HTML; whoever writes it has escaped what came from outside."""
    document = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{escape(title)}</h1>\n{content}\n</main>\n"
        f"{_FOOTER}\n</body>\n</html>\n"
    )
    return Answer(status, document, _HEADERS, HTML)


def problem(title: str, message: str, status: int = 400) -> Answer:
    return page(title, f'<p role="alert">{escape(message)}</p>', status)


def form(action: str, fields: Iterable[str]) -> str:
    inside = "\n".join(fields)
    return f'<form method="post" action="{escape(action)}">\n{inside}\n{_BUTTONS}\n</form>'


_BUTTONS = (
    '<p><button name="action" value="approve">Approve</button>\n'
    '<button name="action" value="deny">Deny</button></p>'
)


def decision(sent: Mapping[str, str]) -> str | None:
    """Which button was pressed. Scripts post here too, and guess what the buttons are called."""
    words = [sent.get("action", ""), sent.get("decision", ""), *sent]
    return next((found for word in words if (found := _DECISIONS.get(word.lower())) is not None), None)


APPROVE, DENY = "approve", "deny"
_DECISIONS = {
    "approve": APPROVE, "approved": APPROVE, "allow": APPROVE, "accept": APPROVE,
    "deny": DENY, "denied": DENY, "reject": DENY, "cancel": DENY,
}  # fmt: skip


def hidden(values: Mapping[str, str]) -> list[str]:
    return [
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in values.items()
    ]


def who(chosen: users.User) -> str:
    """Whom to sign in as."""
    choices = "\n".join(
        f'<label><input type="radio" name="user" value="{user.role}"{" checked" if user is chosen else ""}> '
        f"{escape(user.name)}, {escape(user.title)} ({escape(user.email_address)})</label>"
        for user in users.USERS
    )
    return f"<fieldset>\n<legend>Sign in as</legend>\n{choices}\n</fieldset>"


def wish(application: Application, scopes: Iterable[str]) -> str:
    """What is asked for, in words."""
    items = "\n".join(
        f"<li>{escape(_MEANINGS.get(scope, scope))} <code>{escape(scope)}</code></li>" for scope in scopes
    )
    return (
        f"<p>The application <code>{escape(application.client_id)}</code> would like to</p>\n"
        f"<ul>\n{items}\n</ul>"
    )
