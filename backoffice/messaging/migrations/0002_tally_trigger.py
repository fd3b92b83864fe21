from django.db import migrations

SHARED = """
CREATE FUNCTION messaging_outcome(state text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN state IN ('queued', 'claimed', 'transmitting', 'retry') THEN 'waiting'
        WHEN state = 'delivered' THEN 'sent'
        WHEN state = 'expired' THEN 'failed'
        ELSE state
    END
$$;
CREATE FUNCTION messaging_tally_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO messaging_tally (batch_id, state, canary, messages, orders)
    SELECT batch_id, messaging_outcome(state), is_canary, count(*), sum(weight)
    FROM new_rows GROUP BY 1, 2, 3;
    RETURN NULL;
END $$;
CREATE FUNCTION messaging_tally_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO messaging_tally (batch_id, state, canary, messages, orders)
    SELECT batch_id, outcome, is_canary, sum(n), sum(w)
    FROM (
        SELECT batch_id, messaging_outcome(state) AS outcome, is_canary, 1 AS n, weight AS w FROM new_rows
        UNION ALL
        SELECT batch_id, messaging_outcome(state), is_canary, -1, -weight FROM old_rows
    ) AS changes
    GROUP BY 1, 2, 3 HAVING sum(n) <> 0 OR sum(w) <> 0;
    RETURN NULL;
END $$;
CREATE FUNCTION messaging_tally_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO messaging_tally (batch_id, state, canary, messages, orders)
    SELECT batch_id, messaging_outcome(state), is_canary, -count(*), -sum(weight)
    FROM old_rows GROUP BY 1, 2, 3;
    RETURN NULL;
END $$;
CREATE TRIGGER tally_insert AFTER INSERT ON messaging_message
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION messaging_tally_insert();
CREATE TRIGGER tally_update AFTER UPDATE ON messaging_message
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION messaging_tally_update();
CREATE TRIGGER tally_delete AFTER DELETE ON messaging_message
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION messaging_tally_delete();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON messaging_deliveryattempt
FOR EACH ROW EXECUTE FUNCTION refuse_change();
INSERT INTO messaging_outbound (id, paused, reason, failures_in_row, tokens) VALUES (1, false, '', 0, 0);
"""
UNDO = """
DROP TRIGGER append_only ON messaging_deliveryattempt;
DROP TRIGGER tally_insert ON messaging_message;
DROP TRIGGER tally_update ON messaging_message;
DROP TRIGGER tally_delete ON messaging_message;
DROP FUNCTION messaging_tally_insert();
DROP FUNCTION messaging_tally_update();
DROP FUNCTION messaging_tally_delete();
DROP FUNCTION messaging_outcome(text);
DELETE FROM messaging_outbound WHERE id = 1;
"""


class Migration(migrations.Migration):
    """Counts of a batch kept by the database itself, in the statement that changes a message."""

    dependencies = [("messaging", "0001_initial"), ("kernel", "0002_append_only")]
    operations = [migrations.RunSQL(SHARED, UNDO)]
