from django.db import migrations

TABLES = ("suppliers_policyversion", "suppliers_scorecard", "suppliers_standingchange")


class Migration(migrations.Migration):
    """Policies, scorecards and the history of standings are added to; a submitted assessment stays as it is."""

    dependencies = [("suppliers", "0011_assessment"), ("kernel", "0002_append_only")]
    operations = [
        *[
            migrations.RunSQL(
                f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION refuse_change();",
                f"DROP TRIGGER append_only ON {table};",
            )
            for table in TABLES
        ],
        migrations.RunSQL(
            "CREATE TRIGGER submitted_stays BEFORE UPDATE OR DELETE ON suppliers_assessment FOR EACH ROW "
            "WHEN (OLD.state = 'submitted') EXECUTE FUNCTION refuse_change();",
            "DROP TRIGGER submitted_stays ON suppliers_assessment;",
        ),
    ]
