"""Flashcards, what a person's memory of each is believed to be, and every rating that was ever given.

A *card* is one person's tie to one thing to remember: a flashcard of the site, a flashcard of their own, or a question of the
bank. It holds the state of FSRS (see `quizzes.reviews.memory`); the log holds how it came about and is only added to.
"""

import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from courses.models.material import MaterialRow
from quizzes.clock import ClockNow
from quizzes.models import Question
from quizzes.reviews.memory import Memory, Rating

LEAST_RETENTION, MOST_RETENTION = 0.7, 0.97
MOST_NEW_A_DAY = 200


class Flashcard(MaterialRow):
    """A flashcard of the site, for everybody. `lesson` is a lesson's slug: whoever has read it gets the card."""

    front = models.TextField(help_text="Markdown. One question that has one answer.")
    back = models.TextField(help_text="Markdown. The answer, and why in a sentence.")
    lesson = models.SlugField(
        max_length=80, blank=True, default="", help_text="Asked once this lesson is read. Empty: at once."
    )
    tags = models.JSONField(default=list, blank=True)
    covers = models.JSONField(default=list, blank=True, help_text="Ids of the coverage map.")
    retired = models.BooleanField(default=False, help_text="No longer asked; what people remembered of it is kept.")
    history = HistoricalRecords(excluded_fields=list(MaterialRow.SOURCE_FIELDS))

    class Meta:
        ordering = ["lesson", "slug"]

    def __str__(self) -> str:
        return self.slug


class OwnFlashcard(models.Model):
    """A learner's own, private flashcard, written here or imported from Anki.

    `anki_guid` and `anki_ord` name the note and the card that it came from, so that a second import finds it. `deleted_at`: put
    away, and gone for good after a while.
    """

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="own_flashcards")
    deck = models.CharField(max_length=120)
    front = models.TextField()
    back = models.TextField()
    tags = models.JSONField(default=list, blank=True)
    anki_guid = models.CharField(max_length=120, blank=True, default="")
    anki_ord = models.PositiveIntegerField(default=0)
    imported_by = models.UUIDField(null=True, editable=False)
    made_at = models.DateTimeField(db_default=ClockNow())
    changed_at = models.DateTimeField(db_default=ClockNow())
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["deck", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "anki_guid", "anki_ord"], condition=~Q(anki_guid=""), name="anki_card_imported_once"
            )
        ]
        indexes = [models.Index(fields=["owner", "deck"])]

    def __str__(self) -> str:
        return f"{self.deck}: {self.front[:40]}"


class Card(models.Model):
    """One person's memory of one thing. `due` is a moment: for cards of whole days it is the start of the person's day.

    `revision` counts what happened to it (its log rows): a rating names the one it was given for, so the same card answered in
    two windows is rated once. `buried_until`: not asked before that moment.
    """

    class State(models.IntegerChoices):
        NEW = 0, "new"
        LEARNING = 1, "learning"
        REVIEW = 2, "known"
        RELEARNING = 3, "learning again"

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="review_cards")
    flashcard = models.ForeignKey(Flashcard, null=True, on_delete=models.CASCADE, related_name="cards")
    own = models.ForeignKey(OwnFlashcard, null=True, on_delete=models.CASCADE, related_name="cards")
    question = models.ForeignKey(Question, null=True, on_delete=models.CASCADE, related_name="+")
    state = models.PositiveSmallIntegerField(choices=State.choices, default=State.NEW)
    step = models.PositiveSmallIntegerField(null=True)
    stability = models.FloatField(null=True)
    difficulty = models.FloatField(null=True)
    due = models.DateTimeField(db_default=ClockNow())
    last_review = models.DateTimeField(null=True)
    revision = models.PositiveIntegerField(default=0)
    suspended = models.BooleanField(default=False)
    buried_until = models.DateTimeField(null=True)
    made_at = models.DateTimeField(db_default=ClockNow())

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(flashcard__isnull=False, own__isnull=True, question__isnull=True)
                | Q(flashcard__isnull=True, own__isnull=False, question__isnull=True)
                | Q(flashcard__isnull=True, own__isnull=True, question__isnull=False),
                name="card_is_of_one_thing",
            ),
            models.UniqueConstraint(fields=["user", "flashcard"], name="one_card_a_person_and_flashcard"),
            models.UniqueConstraint(fields=["user", "own"], name="one_card_a_person_and_own_flashcard"),
            models.UniqueConstraint(fields=["user", "question"], name="one_card_a_person_and_question"),
            models.CheckConstraint(
                condition=Q(state=0, stability__isnull=True, last_review__isnull=True)
                | Q(state__in=[1, 2, 3], stability__gt=0, difficulty__range=(1.0, 10.0), last_review__isnull=False),
                name="card_memory_is_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "due"], condition=Q(suspended=False, state__gt=0), name="cards_due"),
            models.Index(fields=["user", "state"]),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.flashcard or self.own or self.question}"

    @property
    def memory(self) -> Memory:
        return Memory(
            state=self.state, step=self.step, stability=self.stability, difficulty=self.difficulty, due=self.due,
            last_review=self.last_review,
        )  # fmt: skip


class ReviewLog(models.Model):
    """One thing that happened to a card. Append-only: the database refuses an update (see migration 0002).

    `number` counts a card's rows from 1 and `client_id` names the browser's act: the constraints make a rating that is sent
    twice, or given in two windows, one rating. An undo is a row of its own that points at the rating which it takes back.
    `before` and `after` are the card's memory; `elapsed_days` counts the person's days since the review before.
    """

    class Kind(models.TextChoices):
        REVIEW = "review", "review"
        AHEAD = "ahead", "studied ahead"
        UNDO = "undo", "taken back"

    card = models.ForeignKey(Card, on_delete=models.CASCADE, related_name="log")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="review_log")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    number = models.PositiveIntegerField()
    client_id = models.UUIDField()
    rating = models.PositiveSmallIntegerField(null=True, choices=[(each.value, each.name) for each in Rating])
    undoes = models.OneToOneField("self", null=True, on_delete=models.CASCADE, related_name="undone_by")
    before = models.JSONField()
    after = models.JSONField()
    elapsed_days = models.PositiveIntegerField(null=True)
    duration_ms = models.PositiveIntegerField(default=0)
    retention = models.FloatField()
    version_number = models.PositiveIntegerField(null=True)
    score = models.FloatField(null=True)
    at = models.DateTimeField()
    received_at = models.DateTimeField(db_default=ClockNow())

    class Meta:
        ordering = ["card", "number"]
        constraints = [
            models.UniqueConstraint(fields=["card", "number"], name="review_number"),
            models.UniqueConstraint(fields=["user", "client_id"], name="rating_sent_once"),
            models.CheckConstraint(
                condition=Q(kind="undo", rating__isnull=True, undoes__isnull=False)
                | Q(kind__in=["review", "ahead"], rating__range=(1, 4), undoes__isnull=True),
                name="review_is_rated_or_undoes",
            ),
        ]
        indexes = [models.Index(fields=["user", "at"])]

    def __str__(self) -> str:
        return f"{self.card_id}#{self.number} {self.kind} {self.rating or ''}"


class ReviewSettings(models.Model):
    """How one person reviews. `time_zone` empty: not known yet, UTC until the browser says it."""

    class NewFrom(models.TextChoices):
        READ = "read", "Lessons that I have read"
        ALL = "all", "Every lesson"

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="review_settings")
    retention = models.FloatField(
        "wanted retention", default=0.9, validators=[MinValueValidator(LEAST_RETENTION), MaxValueValidator(MOST_RETENTION)]
    )
    new_per_day = models.PositiveIntegerField("new cards a day", default=15, validators=[MaxValueValidator(MOST_NEW_A_DAY)])
    new_from = models.CharField("new cards come from", max_length=4, choices=NewFrom.choices, default=NewFrom.READ)
    border_hour = models.PositiveSmallIntegerField("the day begins at", default=4, validators=[MaxValueValidator(23)])
    time_zone = models.CharField(max_length=64, blank=True, default="")
    extra_new = models.PositiveIntegerField(default=0)
    extra_new_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(retention__range=(LEAST_RETENTION, MOST_RETENTION)), name="wanted_retention_70_to_97_percent"
            ),
            models.CheckConstraint(condition=Q(border_hour__lte=23), name="day_begins_at_an_hour"),
            models.CheckConstraint(condition=Q(new_per_day__lte=MOST_NEW_A_DAY), name="new_cards_a_day_within_reason"),
        ]

    def __str__(self) -> str:
        return f"reviews of {self.user_id}"


class PendingImport(models.Model):
    """An Anki deck that was read and is looked at before it is taken over. One a person: the next one replaces it."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    uuid = models.UUIDField(unique=True, default=uuid.uuid4)
    file_name = models.CharField(max_length=120)
    cards = models.JSONField()
    problems = models.JSONField(default=list)
    media_count = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField(db_default=ClockNow())

    def __str__(self) -> str:
        return self.file_name
