"""Texts that people grade hang on a model of their own in the admin."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("quizzes", "0005_more_append_only"),
    ]

    operations = [
        migrations.CreateModel(
            name="EssayAnswer",
            fields=[],
            options={
                "verbose_name": "text",
                "verbose_name_plural": "texts to grade",
                "proxy": True,
                "default_permissions": ("view", "change"),
                "indexes": [],
                "constraints": [],
            },
            bases=("quizzes.attemptquestion",),
        ),
    ]
