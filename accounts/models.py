from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models.functions import Lower


class User(AbstractUser):
    """A person with an account. The e-mail address identifies a person as the username does: no two share one."""

    email = models.EmailField("e-mail address", unique=True)

    REQUIRED_FIELDS: ClassVar[list[str]] = ["email"]
    objects: ClassVar[UserManager[Any]] = UserManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("email"), name="one_account_per_email", violation_error_message="This e-mail address is taken."
            )
        ]

    @property
    def name(self) -> str:
        """What the site calls this person: the full name if it is known, else the username."""
        return self.get_full_name() or self.get_username()
