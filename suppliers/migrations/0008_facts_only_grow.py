from django.db import migrations

TABLES = (
    "suppliers_ackfact",
    "suppliers_claimfact",
    "suppliers_deliveryfact",
    "suppliers_invoicefact",
    "suppliers_qualityfact",
    "suppliers_ratingfact",
)


class Migration(migrations.Migration):
    """What suppliers did is added to, and corrected by adding."""

    dependencies = [("suppliers", "0007_facts"), ("kernel", "0002_append_only")]
    operations = [
        migrations.RunSQL(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change();",
            f"DROP TRIGGER append_only ON {table};",
        )
        for table in TABLES
    ]
