"""What happened to a card is added and never changed: the database says no to whoever tries."""

from django.db import migrations

FORWARDS = """
CREATE TRIGGER reviews_log_is_final BEFORE UPDATE ON reviews_reviewlog
    FOR EACH ROW EXECUTE FUNCTION quizzes_refuse_update();
"""
BACKWARDS = "DROP TRIGGER reviews_log_is_final ON reviews_reviewlog;"


class Migration(migrations.Migration):
    dependencies = [("reviews", "0001_initial"), ("quizzes", "0002_append_only")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
