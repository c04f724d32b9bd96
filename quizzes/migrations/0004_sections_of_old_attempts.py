"""Attempts from before sections were rows: the titles of their questions become sections that are open from the start."""

from django.db import migrations

FORWARDS = """
INSERT INTO quizzes_attemptsection (attempt_id, position, title, intro, sequential, extra_s, opened_at, closed_at)
SELECT attempt.id, row_number() OVER (PARTITION BY attempt.id ORDER BY part.first), part.section_title, '', FALSE, 0,
       attempt.started_at, attempt.submitted_at
  FROM quizzes_attempt AS attempt
  JOIN (SELECT attempt_id, section_title, min(position) AS first FROM quizzes_attemptquestion GROUP BY 1, 2) AS part
    ON part.attempt_id = attempt.id;
UPDATE quizzes_attemptquestion AS question
   SET section_id = section.id, opened_at = section.opened_at, closed_at = section.closed_at
  FROM quizzes_attemptsection AS section
 WHERE section.attempt_id = question.attempt_id AND section.title = question.section_title;
UPDATE quizzes_attempt SET base_limit_s = extract(epoch FROM due_at - started_at) WHERE due_at IS NOT NULL;
"""
BACKWARDS = """
UPDATE quizzes_attemptquestion AS question SET section_title = section.title, section_id = NULL
  FROM quizzes_attemptsection AS section WHERE section.id = question.section_id;
DELETE FROM quizzes_attemptsection;
"""


class Migration(migrations.Migration):
    dependencies = [("quizzes", "0003_modes_sections_and_tries")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
