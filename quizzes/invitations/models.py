"""An invitation lets one person without an account take one quiz once. Of the link only a hash is kept."""

from datetime import timedelta

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from quizzes.clock import ClockNow
from quizzes.models import Quiz


class Invitation(models.Model):
    """A link for one person. `name` and `email` are whom it was made for, where that is known; then only this address opens it.

    `expires_at` is until when the quiz may be begun; an attempt under way goes on. `keep_days` after its end everything about
    the candidate is erased.
    """

    quiz = models.ForeignKey(Quiz, on_delete=models.PROTECT, related_name="invitations")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    name = models.CharField(max_length=120, blank=True, default="")
    email = models.EmailField("e-mail address", blank=True, default="")
    message = models.TextField(blank=True, default="", max_length=2_000, help_text="Markdown, shown above the rules.")
    expires_at = models.DateTimeField()
    multiplier = models.FloatField(default=1.0, validators=[MinValueValidator(1.0), MaxValueValidator(5.0)])
    minutes = models.PositiveIntegerField(default=0, validators=[MaxValueValidator(24 * 60)])
    keep_days = models.PositiveIntegerField(default=180, validators=[MinValueValidator(1), MaxValueValidator(3650)])
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(db_default=ClockNow())
    revoked_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-made_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"), "quiz", condition=~Q(email="") & Q(revoked_at__isnull=True, erased_at__isnull=True),
                name="one_open_invitation_per_email",
            ),
            models.CheckConstraint(
                condition=Q(multiplier__range=(1.0, 5.0), minutes__lte=24 * 60, keep_days__range=(1, 3650)),
                name="invitation_within_reason",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.name or self.email or 'Open invitation'} · {self.quiz}"

    @property
    def keeps_for(self) -> timedelta:
        return timedelta(days=self.keep_days)


class Candidate(models.Model):
    """Who took an invitation up. `user` is an account without a password, made for this alone: it owns the attempt."""

    invitation = models.OneToOneField(Invitation, on_delete=models.CASCADE, related_name="candidate")
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="candidate")
    name = models.CharField(max_length=120)
    email = models.EmailField()
    accepted_at = models.DateTimeField(db_default=ClockNow())

    class Meta:
        ordering = ["-accepted_at"]

    def __str__(self) -> str:
        return self.name
