from django.db import migrations


class Migration(migrations.Migration):
    """What was found out about a backup is added to, never changed."""

    dependencies = [("suppliers", "0009_continuity"), ("kernel", "0002_append_only")]
    operations = [
        migrations.RunSQL(
            "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON suppliers_backupreadiness "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change();",
            "DROP TRIGGER append_only ON suppliers_backupreadiness;",
        )
    ]
