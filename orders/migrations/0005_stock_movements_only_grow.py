from django.db import migrations


class Migration(migrations.Migration):
    """The ledger of stock is added to, never changed."""

    dependencies = [("orders", "0004_stock"), ("kernel", "0002_append_only")]
    operations = [
        migrations.RunSQL(
            "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON orders_stockmovement "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change();",
            "DROP TRIGGER append_only ON orders_stockmovement;",
        )
    ]
