"""A mail that went out, and what its contacts did: for tests of reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from ccstate.emulator.storage.clock import SECOND
from ccstate.emulator.storage.world import World
from tests.emulator.client import Emulated

LINKS = ("https://example.com/news", "https://example.com/donate")


@dataclass(frozen=True)
class Mail:
    emulator: Emulated
    campaign_id: str
    activity_id: str
    sent_at: int

    @classmethod
    def sent(cls, emulator: Emulated, name: str = "May news", members: int = 5) -> Mail:
        """Sent at once, and the clock an hour on. Nobody did anything yet."""
        campaign_id, activity_id = emulator.ready(name, members)
        assert emulator.schedule(activity_id, "0").status_code == 201
        emulator.advance("PT1H")
        mail = cls(emulator, campaign_id, activity_id, 0)
        db = mail.world.db
        db.run("DELETE FROM engagements WHERE campaign_activity_id = ?", activity_id)
        db.run("UPDATE contacts SET first_name = NULL, last_name = NULL")  # shown where there are any
        db.run("DELETE FROM links WHERE campaign_activity_id = ?", activity_id)
        for url_id, url in enumerate(LINKS, 1):
            db.insert("links", campaign_activity_id=activity_id, url_id=url_id, url=url)
        sent_at = db.value("SELECT run_date FROM sends WHERE campaign_activity_id = ?", activity_id)
        return cls(emulator, campaign_id, activity_id, sent_at)

    @property
    def world(self) -> World:
        world: World = self.emulator.app.state.world
        return world

    @property
    def path(self) -> str:
        return f"/v3/reports/email_reports/{self.activity_id}"

    def did(
        self, kind: str, contact: int, *, after: int, detail: str | None = None, device: str | None = None
    ) -> None:
        """A contact, by its number, did something so many seconds after the send."""
        self.world.db.insert(
            "engagements",
            campaign_activity_id=self.activity_id,
            contact=contact,
            kind=kind,
            at=self.sent_at + after * SECOND,
            detail=detail,
            device=device,
        )

    def contact_id(self, contact: int) -> str:
        return str(self.world.db.value("SELECT contact_id FROM contacts WHERE contact = ?", contact))

    def answer(self, name: str, query: str = "") -> httpx.Response:
        return self.emulator.call("GET", f"{self.path}/tracking/{name}{query}")

    def report(self, name: str, query: str = "") -> list[dict[str, Any]]:
        answer = self.answer(name, query)
        assert answer.status_code == 200, answer.text
        rows: list[dict[str, Any]] = answer.json()["tracking_activities"]
        return rows
