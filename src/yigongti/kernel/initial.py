"""The first migration of a room: its tables are made once, as they stand at the end of it.

Django plays a migration operation by operation and renders every model that is related to the one at hand anew before
each; with a model that all others point to, that was nine tenths of the time of a new database.
"""

from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState

#: what the table has from the beginning when it is made with the last state of its model
PART_OF_THE_TABLE = (migrations.AddField, migrations.AddIndex, migrations.AddConstraint)


class Initial(migrations.Migration):
    """Creates models of its own room, adds to them, and may say SQL afterwards; it changes and removes nothing."""

    initial = True

    def apply(
        self, project_state: ProjectState, schema_editor: BaseDatabaseSchemaEditor, collect_sql: bool = False
    ) -> Any:
        """Make the last state of the room's models, render each once, and create their tables from it."""
        before, models = project_state.clone(), project_state.apps
        del project_state.apps
        known = set(project_state.models)
        for operation in self.operations:
            operation.state_forwards(self.app_label, project_state)
        models.render_multiple([state for key, state in project_state.models.items() if key not in known])
        project_state.apps = models
        for operation in self.operations:
            if not isinstance(operation, PART_OF_THE_TABLE):
                operation.database_forwards(self.app_label, schema_editor, before, project_state)
        return project_state
