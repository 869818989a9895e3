from django.db import migrations


class Migration(migrations.Migration):
    """Quality has a room of its own (:mod:`..quality`); nothing was ever counted in this table."""

    dependencies = [("exchange", "0004_doors")]
    operations = [migrations.DeleteModel("QualityMonth")]
