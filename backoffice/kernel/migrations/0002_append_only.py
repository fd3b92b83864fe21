from django.db import migrations


class Migration(migrations.Migration):
    """Rows of a ledger may be added, never changed or removed: the database itself says no."""

    dependencies = [("kernel", "0001_initial")]
    operations = [
        migrations.RunSQL(
            """
            CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'rows of % are append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
            END $$;
            CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON kernel_auditentry
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
            """,
            """
            DROP TRIGGER append_only ON kernel_auditentry;
            DROP FUNCTION refuse_change();
            """,
        )
    ]
