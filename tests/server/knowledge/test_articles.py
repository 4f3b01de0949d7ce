"""Articles: written, revised, published, found, suggested; and who sees which."""

from __future__ import annotations

from datetime import timedelta

import pytest
from logix_common.errors import IllegalTransition, InvalidInput
from logix_server.accounts.access import NotFound, Viewer
from logix_server.audit.models import Record
from logix_server.knowledge import actions, queries
from logix_server.knowledge.actions import Content, Text
from logix_server.knowledge.lifecycle import ArticleState

from tests.server.rows import NOW

pytestmark = [pytest.mark.database, pytest.mark.django_db]

ENGINEER = Viewer(1, 1, "support-engineer", "tr", "user:ayse@rekare.example")
CUSTOMER = Viewer(2, 2, "customer-user", "tr", "contact:it@ege.example")
DEALER = Viewer(3, 3, "dealer", "tr", "contact:bayi@bayi.example")
DISK = {
    "tr": Text("Disk değişimi", "Arızalı diskin **sıcaklığına** bakın, sonra değiştirin."),
    "en": Text("Replacing a disk", "Look at the temperature of the failed drive, then replace it."),
}


def _write(slug: str = "disk", *, publish: bool = True, **fields: object) -> None:
    content = Content(**{"texts": DISK, "internal": False, **fields})  # type: ignore[arg-type]
    actions.write(slug, content, actor="operator:test", now=NOW)
    if publish:
        actions.move(slug, ArticleState.PUBLISHED, actor="operator:test", now=NOW)


@pytest.mark.parametrize(
    "question", ["disk değişimi", "DEGISIM", "sıcaklık", "sicaklik arizali", "replacing drive", "diskler"]
)
def test_found_by_words_of_both_languages_with_or_without_marks(question: str) -> None:
    _write()
    _write("fan", texts={"tr": Text("Vantilatör", "Fanı temizleyin.")})
    assert [entry.slug for entry in queries.search(CUSTOMER, question, "tr")] == ["disk"]


@pytest.mark.parametrize(
    "question", ["", "  ", "'\"; DROP TABLE", "disk AND NOT fan", "di*sk OR", "\x00", "x" * 5_000]
)
def test_a_strange_question_finds_little_and_harms_nothing(question: str) -> None:
    _write()
    assert queries.search(CUSTOMER, question, "tr") == []
    assert queries.search(CUSTOMER, "disk", "tr") != []


def test_the_title_weighs_more_than_the_text() -> None:
    _write("mention", texts={"tr": Text("Fan", "Bir disk de bozulabilir. " + "Fan fan fan. " * 5)})
    _write("about", texts={"tr": Text("Disk", "Genel bilgi. " + "Fan fan fan. " * 5)})
    assert [entry.slug for entry in queries.search(CUSTOMER, "disk", "tr")] == ["about", "mention"]


def test_a_revised_article_is_found_by_its_new_words_alone_and_keeps_its_history() -> None:
    _write()
    later = Content({"tr": Text("Disk değişimi", "Yedek parça isteyin.")}, internal=False)
    actions.write("disk", later, actor="user:ayse@rekare.example", now=NOW + timedelta(days=1))
    assert queries.search(CUSTOMER, "yedek", "tr") != []
    assert queries.search(CUSTOMER, "sıcaklık", "tr") == []
    assert queries.search(CUSTOMER, "temperature", "tr") != []  # the English text stays as it was
    said = [(one.language, one.number, one.current) for one in queries.history(ENGINEER, "disk")]
    assert sorted(said) == [("en", 1, True), ("tr", 1, False), ("tr", 2, True)]


def test_the_same_text_again_is_no_revision() -> None:
    _write()
    actions.write("disk", Content(DISK, internal=False), actor="operator:test", now=NOW)
    assert {one.number for one in queries.history(ENGINEER, "disk")} == {1}


@pytest.mark.parametrize("outsider", [CUSTOMER, DEALER], ids=["customer", "dealer"])
@pytest.mark.parametrize("hidden", ["draft", "internal", "retired"])
def test_what_is_not_for_customers_is_found_nowhere(outsider: Viewer, hidden: str) -> None:
    _write(publish=hidden != "draft", internal=hidden == "internal", faults=["disk.smart-failed"])
    if hidden == "retired":
        actions.move("disk", ArticleState.RETIRED, actor="operator:test", now=NOW)
    assert queries.search(outsider, "disk", "tr") == []
    assert queries.articles(outsider, "tr") == ([], 0)
    assert queries.suggested(outsider, ["disk.smart-failed"], "LX-200", "tr") == []
    for asked in (queries.page, queries.history):
        with pytest.raises(NotFound):
            asked(outsider, "disk", *(["tr"] if asked is queries.page else []))
    assert queries.page(ENGINEER, "disk", "tr").entry.slug == "disk"


def test_suggested_by_the_code_first_then_by_its_family_and_only_for_the_product() -> None:
    _write("family", faults=["disk"])
    _write("exact", faults=["disk.smart-failed"])
    _write("other-product", faults=["disk.smart-failed"], products=["LX-500"])
    _write("same-product", faults=["disk.smart-failed"], products=["LX-200"])
    _write("elsewhere", faults=["fan.stopped"])
    found = queries.suggested(CUSTOMER, ["disk.smart-failed"], "LX-200", "tr")
    assert [entry.slug for entry in found] == ["same-product", "exact", "family"]


def test_shown_in_the_language_asked_for_where_it_is_written_in_it() -> None:
    _write()
    _write("only-turkish", texts={"tr": Text("Yalnız", "Türkçe.")})
    assert queries.page(CUSTOMER, "disk", "en").entry.title == "Replacing a disk"
    assert queries.page(CUSTOMER, "only-turkish", "en").entry.language == "tr"
    assert queries.page(CUSTOMER, "disk", "en").languages == ("en", "tr")


@pytest.mark.parametrize(
    ("slug", "fields"),
    [
        ("Disk", {}),
        ("a--b", {}),
        ("../etc", {}),
        ("disk", {"texts": {}}),
        ("disk", {"texts": {"de": Text("x", "y")}}),
        ("disk", {"texts": {"tr": Text("", "y")}}),
        ("disk", {"texts": {"tr": Text("x" * 201, "y")}}),
        ("disk", {"texts": {"tr": Text("x", "y" * 100_001)}}),
        ("disk", {"texts": {"tr": Text("x", "\x00")}}),
        ("disk", {"products": ["<b>"]}),
        ("disk", {"faults": ["disk.smart-faild"]}),
        ("disk", {"products": [f"P{number}" for number in range(41)]}),
    ],
)
def test_what_is_no_article_is_refused_and_leaves_nothing(slug: str, fields: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        _write(slug, **fields)
    assert queries.articles(None, "tr") == ([], 0)
    assert not Record.objects.exists()


def test_every_change_is_audited_and_the_lifecycle_holds() -> None:
    _write()
    with pytest.raises(IllegalTransition):
        actions.move("disk", ArticleState.PUBLISHED, actor="operator:test", now=NOW)
    with pytest.raises(NotFound):
        actions.move("nothing", ArticleState.PUBLISHED, actor="operator:test", now=NOW)
    assert list(Record.objects.order_by("pk").values_list("action", flat=True)) == [
        "article.write",
        "article.move",
    ]
