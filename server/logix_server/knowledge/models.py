"""Articles of the knowledge base: what they say in each language, revision by revision, and their tags."""

from __future__ import annotations

from django.db import models


class Article(models.Model):
    """Something worth knowing. Customers see it once it is published, unless it is internal."""

    class State(models.TextChoices):
        DRAFT = "draft"
        PUBLISHED = "published"
        RETIRED = "retired"

    slug = models.SlugField(max_length=100, unique=True)
    internal = models.BooleanField(default=True)  # for the vendor's people alone
    state = models.CharField(max_length=16, choices=State.choices, default=State.DRAFT)
    state_at = models.DateTimeField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.slug


class Revision(models.Model):
    """What an article says in one language since `written_at`; rows are only added, `current` moves on."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="revisions")
    language = models.CharField(max_length=2)  # "tr", "en"
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    body = models.TextField()  # Markdown
    written_by = models.CharField(max_length=150)
    written_at = models.DateTimeField()
    current = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["article", "language", "number"], name="revision_number"),
            models.UniqueConstraint(
                fields=["article", "language"], condition=models.Q(current=True), name="one_current_revision"
            ),
        ]


class Tag(models.Model):
    """What an article is about: a product's model, a version, a fault's code."""

    class Kind(models.TextChoices):
        PRODUCT = "product"
        VERSION = "version"
        FAULT = "fault"

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="tags")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    value = models.CharField(max_length=128)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["article", "kind", "value"], name="tag_once")]
        indexes = [models.Index(fields=["kind", "value"], name="tagged")]
