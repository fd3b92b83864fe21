from django.db import migrations

TABLES = ("suppliers_breachrevision", "suppliers_claimrecovery")


class Migration(migrations.Migration):
    """Judgements of breaches and recoveries of claims are added to and never changed."""

    dependencies = [("suppliers", "0025_contracts"), ("kernel", "0002_append_only")]
    operations = [
        migrations.RunSQL(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change();",
            f"DROP TRIGGER append_only ON {table};",
        )
        for table in TABLES
    ]
