from django.db import migrations


class Migration(migrations.Migration):
    """A voucher that was issued stays, so that its ledger needs no check of its own."""

    dependencies = [("customercare", "0003_slim_indexes"), ("kernel", "0002_append_only")]
    operations = [
        migrations.RunSQL(
            "CREATE TRIGGER lasting BEFORE DELETE ON customercare_voucher "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change();",
            "DROP TRIGGER lasting ON customercare_voucher;",
        )
    ]
