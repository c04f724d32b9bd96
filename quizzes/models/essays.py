"""Texts that people grade, as the admin lists them."""

from quizzes.models.attempt import AttemptQuestion


class EssayAnswer(AttemptQuestion):
    """A drawn essay question. No table of its own: the admin's page and its permissions hang on it."""

    class Meta:
        proxy = True
        default_permissions = ("view", "change")
        verbose_name = "text"
        verbose_name_plural = "texts to grade"

    def __str__(self) -> str:
        return f"Text {self.pk}"
