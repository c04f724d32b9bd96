"""Versions, answers and grades are added and never changed: the database says no to whoever tries."""

from django.db import migrations

CONTENT = "question_id, number, kind, stem, definition, explanation, sources, tags, difficulty, covers, made_at"

FORWARDS = f"""
CREATE FUNCTION quizzes_refuse_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER quizzes_version_is_final BEFORE UPDATE OF {CONTENT} ON quizzes_questionversion
    FOR EACH ROW EXECUTE FUNCTION quizzes_refuse_update();
CREATE TRIGGER quizzes_answer_is_final BEFORE UPDATE ON quizzes_answer
    FOR EACH ROW EXECUTE FUNCTION quizzes_refuse_update();
CREATE TRIGGER quizzes_grade_is_final BEFORE UPDATE ON quizzes_grade
    FOR EACH ROW EXECUTE FUNCTION quizzes_refuse_update();
"""
BACKWARDS = """
DROP TRIGGER quizzes_grade_is_final ON quizzes_grade;
DROP TRIGGER quizzes_answer_is_final ON quizzes_answer;
DROP TRIGGER quizzes_version_is_final ON quizzes_questionversion;
DROP FUNCTION quizzes_refuse_update();
"""


class Migration(migrations.Migration):
    dependencies = [("quizzes", "0001_initial")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
