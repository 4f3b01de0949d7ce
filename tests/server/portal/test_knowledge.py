"""Pages of the knowledge base: found, read, written; and what customers do not see."""

from __future__ import annotations

import pytest
from logix_server.knowledge import actions, queries
from logix_server.knowledge.actions import Content, Text
from logix_server.knowledge.lifecycle import ArticleState

from tests.server.people import signed_in
from tests.server.rows import NOW

pytestmark = [pytest.mark.database, pytest.mark.django_db]

BY = {"actor": "operator:test", "now": NOW}
WRITTEN = {
    "slug": "disk-replacement",
    "title_tr": "Disk değişimi",
    "body_tr": "## Adımlar\n\nSıcaklığa bakın. <script>alert(1)</script>",
    "faults": "disk, fan.stopped",
    "products": "LX-200",
}


def _published(slug: str = "disk", *, internal: bool = False) -> None:
    text = {"tr": Text("Disk değişimi", "Sıcaklığa **bakın**.")}
    actions.write(slug, Content(text, internal=internal), **BY)  # type: ignore[arg-type]
    actions.move(slug, ArticleState.PUBLISHED, **BY)  # type: ignore[arg-type]


def test_a_customer_finds_and_reads_an_article_without_turkish_letters() -> None:
    _published()
    customer = signed_in("customer-user")
    found = customer.get("/knowledge/?text=sicaklik").content.decode()
    assert "/knowledge/disk/" in found and "Yayımla" not in found
    shown = customer.get("/knowledge/disk/").content.decode()
    assert "<strong>bakın</strong>" in shown
    assert "Düzenle" not in shown


@pytest.mark.parametrize("role", ["customer-user", "customer-administrator", "dealer"])
def test_what_is_ours_is_not_there_for_others(role: str) -> None:
    _published(internal=True)
    other = signed_in(role)
    assert other.get("/knowledge/disk/").status_code == 404
    assert "/knowledge/disk/" not in other.get("/knowledge/").content.decode()
    assert other.get("/knowledge/new/").status_code == 403
    assert other.get("/knowledge/disk/write/").status_code == 403
    assert other.post("/knowledge/disk/write/", WRITTEN).status_code == 403
    assert other.post("/knowledge/disk/move/", {"state": "retired"}).status_code == 403
    assert queries.page(None, "disk", "tr").entry.state == "published"


def test_an_engineer_writes_publishes_revises_and_retires() -> None:
    engineer = signed_in("support-engineer")
    answer = engineer.post("/knowledge/new/", WRITTEN)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/knowledge/disk-replacement/")
    shown = engineer.get("/knowledge/disk-replacement/").content.decode()
    assert "<script>alert" not in shown and "Yayımla" in shown
    engineer.post("/knowledge/disk-replacement/move/", {"state": "published"})
    form = engineer.get("/knowledge/disk-replacement/write/").content.decode()
    assert "Sıcaklığa bakın." in form and "disk, fan.stopped" in form
    revised = {
        **WRITTEN,
        "slug": "another",
        "title_en": "Replacing a disk",
        "body_en": "Look.",
        "faults": "disk",
    }
    engineer.post("/knowledge/disk-replacement/write/", revised)
    found = queries.page(None, "disk-replacement", "en")
    assert (found.entry.title, found.faults, found.languages) == ("Replacing a disk", ("disk",), ("en", "tr"))
    assert found.entry.internal is False  # the box was not ticked
    engineer.post("/knowledge/disk-replacement/move/", {"state": "retired"})
    assert engineer.post("/knowledge/disk-replacement/move/", {"state": "published"}).status_code == 409
    assert engineer.post("/knowledge/disk-replacement/move/", {"state": "burnt"}).status_code == 404
    assert (
        engineer.get("/knowledge/?state=retired").content.decode().count("/knowledge/disk-replacement/") == 1
    )


@pytest.mark.parametrize(
    "change",
    [{"slug": "Not A Slug"}, {"title_tr": "", "body_tr": ""}, {"faults": "no.such"}, {"body_tr": ""}],
)
def test_what_cannot_be_written_shows_the_form_again_with_what_was_written(change: dict[str, str]) -> None:
    answer = signed_in("support-engineer").post("/knowledge/new/", WRITTEN | change)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'role="alert"' in page or "errorlist" in page
    assert "LX-200" in page
    assert queries.articles(None, "tr") == ([], 0)
