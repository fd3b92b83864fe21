from django.db import migrations

TABLES = {"messaging_wording": "UPDATE OR DELETE", "messaging_batch": "DELETE", "messaging_message": "DELETE"}


class Migration(migrations.Migration):
    """What was said, decided and sent stays, so that what points to it needs no check of its own."""

    dependencies = [("messaging", "0003_slim_indexes"), ("kernel", "0002_append_only")]
    operations = [
        migrations.RunSQL(
            f"CREATE TRIGGER lasting BEFORE {acts} ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change();",
            f"DROP TRIGGER lasting ON {table};",
        )
        for table, acts in TABLES.items()
    ]
