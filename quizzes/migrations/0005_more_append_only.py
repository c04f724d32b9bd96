"""Every question has its section; tries, hints, grants of time and regrades are added and never changed."""

import django.db.models.deletion
from django.db import migrations, models

CONTENT = "question_id, number, kind, stem, definition, explanation, sources, tags, difficulty, covers, made_at"
GRADE = "attempt_question_id, version_id, answer_id, score, notes, reason, graded_at"
FINAL = {
    "quizzes_check": "attempt_question_id, number, answer_id, score, hints_shown, checked_at",
    "quizzes_hintshown": "attempt_question_id, number, shown_at",
    "quizzes_timegrant": "attempt_id, minutes, reason, made_at",
    "quizzes_regrade": "question_id, version_id, reason, gained, lost, unchanged, made_at",
}


def replaced(trigger: str, table: str, columns: str) -> str:
    """Whoever made a row may be deleted, so only what the row says is final."""
    of = f"OF {columns} " if columns else ""
    return f"""
DROP TRIGGER {trigger} ON {table};
CREATE TRIGGER {trigger} BEFORE UPDATE {of}ON {table} FOR EACH ROW EXECUTE FUNCTION quizzes_refuse_update();
"""


FORWARDS = (
    replaced("quizzes_version_is_final", "quizzes_questionversion", f"{CONTENT}, artifact, hints")
    + replaced("quizzes_grade_is_final", "quizzes_grade", GRADE)
    + "".join(
        f"CREATE TRIGGER {table}_is_final BEFORE UPDATE OF {columns} ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION quizzes_refuse_update();\n"
        for table, columns in FINAL.items()
    )
)
BACKWARDS = (
    replaced("quizzes_version_is_final", "quizzes_questionversion", CONTENT)
    + replaced("quizzes_grade_is_final", "quizzes_grade", "")
    + "".join(f"DROP TRIGGER {table}_is_final ON {table};\n" for table in FINAL)
)


class Migration(migrations.Migration):
    dependencies = [("quizzes", "0004_sections_of_old_attempts")]
    operations = [
        migrations.AlterField(
            model_name="attemptquestion",
            name="section",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="questions", to="quizzes.attemptsection"
            ),
        ),
        migrations.RemoveField(model_name="attemptquestion", name="section_title"),
        migrations.RunSQL(FORWARDS, BACKWARDS),
    ]
