"""What the tests of quizzes share. Models are imported late: this file is read before the settings."""

import pytest
from django.test import Client


@pytest.fixture
def instructor(db: None, client: Client) -> Client:
    """Signed in, with all that instructors may do with quizzes."""
    from django.contrib.auth.models import Permission

    from quizzes.permissions import INSTRUCTOR_PERMISSIONS
    from tests.quizzes.bank import person

    user = person("instructor")
    user.is_staff = True
    user.save()
    names = [name.removeprefix("quizzes.") for name in INSTRUCTOR_PERMISSIONS]
    granted = Permission.objects.filter(content_type__app_label="quizzes", codename__in=names)
    assert granted.count() == len(names)
    user.user_permissions.set(granted)
    client.force_login(user)
    return client
