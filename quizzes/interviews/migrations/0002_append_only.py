"""Notes and scored items are added and never changed, a finished scoring takes no more, and a round keeps what it was begun with."""

from django.db import migrations

FROZEN = "uuid, user_id, prompt_id, content, level, preview"

FORWARDS = f"""
CREATE TRIGGER interviews_note_is_final BEFORE UPDATE ON interviews_note
    FOR EACH ROW EXECUTE FUNCTION quizzes_refuse_update();
CREATE TRIGGER interviews_scoreditem_is_final BEFORE UPDATE ON interviews_scoreditem
    FOR EACH ROW EXECUTE FUNCTION quizzes_refuse_update();
CREATE TRIGGER interviews_round_is_frozen BEFORE UPDATE OF {FROZEN} ON interviews_round
    FOR EACH ROW EXECUTE FUNCTION quizzes_refuse_update();
CREATE FUNCTION interviews_refuse_late_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM interviews_scoring WHERE id = NEW.scoring_id AND finished_at IS NULL FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a finished scoring takes no more items' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER interviews_scoring_is_over BEFORE INSERT ON interviews_scoreditem
    FOR EACH ROW EXECUTE FUNCTION interviews_refuse_late_item();
"""
BACKWARDS = """
DROP TRIGGER interviews_scoring_is_over ON interviews_scoreditem;
DROP FUNCTION interviews_refuse_late_item();
DROP TRIGGER interviews_round_is_frozen ON interviews_round;
DROP TRIGGER interviews_scoreditem_is_final ON interviews_scoreditem;
DROP TRIGGER interviews_note_is_final ON interviews_note;
"""


class Migration(migrations.Migration):
    dependencies = [("interviews", "0001_initial"), ("quizzes", "0002_append_only")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
