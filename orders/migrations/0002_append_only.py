from django.db import migrations


class Migration(migrations.Migration):
    """Expected dates are revisions: added, never changed."""

    dependencies = [("orders", "0001_initial"), ("kernel", "0002_append_only")]
    operations = [
        migrations.RunSQL(
            "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON orders_expectation "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change();",
            "DROP TRIGGER append_only ON orders_expectation;",
        )
    ]
