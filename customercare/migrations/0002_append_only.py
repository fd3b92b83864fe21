from django.db import migrations

TABLES = ("customercare_voucherentry", "customercare_budgetentry", "customercare_timelineentry")


class Migration(migrations.Migration):
    """Ledgers and timelines only grow."""

    dependencies = [("customercare", "0001_initial"), ("kernel", "0002_append_only")]
    operations = [
        migrations.RunSQL(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change();",
            f"DROP TRIGGER append_only ON {table};",
        )
        for table in TABLES
    ]
