"""The trained model as splink's settings, for DuckDB and for Spark."""

from typing import Any

from yigongti.records.linkage.conditions import Dialect
from yigongti.records.linkage.configuration import LinkageModel
from yigongti.records.linkage.trained import Trained


def settings(model: LinkageModel, trained: Trained, *, two: bool, dialect: Dialect = "duckdb") -> dict[str, Any]:
    """Settings for ``splink.Linker`` over the prepared table; two rows of one source are no pair where that is said."""
    apart = " AND (l.apart IS NULL OR r.apart IS NULL OR l.apart <> r.apart)" if model.one_per_source else ""
    return {
        "link_type": "link_only" if two else "dedupe_only",
        "unique_id_column_name": "unique_id",
        "source_dataset_column_name": "source_dataset",
        "probability_two_random_records_match": trained.prior,
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": False,
        "blocking_rules_to_generate_predictions": [
            {"blocking_rule": f"l.block_{n} = r.block_{n}{apart}", "sql_dialect": dialect}
            for n in range(len(model.blocking))
        ],
        "comparisons": [_comparison(field, model, trained, dialect) for field in model.fields],
    }


def _comparison(field: str, model: LinkageModel, trained: Trained, dialect: Dialect) -> dict[str, Any]:
    found: list[dict[str, Any]] = [
        {
            "sql_condition": f"{field}_l IS NULL OR {field}_r IS NULL",
            "label_for_charts": "不知道",
            "is_null_level": True,
        }
    ]
    for level in model.levels[field]:
        m, u = trained.levels[field][level.name]
        one: dict[str, Any] = {
            "sql_condition": level.condition.sql(dialect) if level.condition else "ELSE",
            "label_for_charts": level.title,
            "m_probability": m,
            "u_probability": u,
        }
        if level.name == "same" and model.fields[field].frequency:
            one |= {
                "tf_adjustment_column": field,
                "tf_adjustment_weight": 1.0,
                "disable_tf_exact_match_detection": True,
            }
        found.append(one)
    return {
        "output_column_name": field,
        "comparison_description": model.fields[field].title or field,
        "comparison_levels": found,
    }
