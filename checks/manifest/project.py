"""Rules of this project that dbt-bouncer has no check for; dbt-bouncer.yml names them like the tool's own."""

from collections import defaultdict
from pathlib import PurePosixPath
from typing import Any

from dbt_bouncer.check_framework.decorator import check, fail


def _read_by(model: Any) -> list[str]:
    return list(model.depends_on.nodes or [])


@check
def check_leaf_fanout(ctx: Any, *, max_leaves: int) -> None:
    """Hold the number of models that nothing reads below one parent; `check_model_max_fanout` counts every child."""
    read = {node for reader in (*ctx.models, *ctx.snapshots) for node in _read_by(reader)}
    leaves = defaultdict(list)
    for model in ctx.models:
        if model.unique_id not in read:
            for parent in _read_by(model):
                leaves[parent].append(model.name)
    wide = {parent: sorted(names) for parent, names in leaves.items() if len(names) > max_leaves}
    if wide:
        fail(f"More than {max_leaves} models that nothing reads hang on one parent: {wide}.")


@check
def check_model_max_parents(model: Any, *, max_parents: int) -> None:
    """Hold the number of things that a model reads; `check_model_max_upstream_dependencies` does not count seeds."""
    parents = _read_by(model)
    if len(parents) > max_parents:
        fail(f"`{model.name}` has {len(parents)} parents, more than {max_parents}: {sorted(parents)}.")


@check
def check_model_key_is_tested(model: Any, ctx: Any) -> None:
    """Want a key tested by `unique_grain`, or by `unique` and `not_null` of one column or expression."""
    tested = defaultdict(set)
    for test in ctx.tests_by_attached_node.get(model.unique_id, []):
        if test.test_metadata:
            arguments = test.test_metadata.kwargs or {}
            tested[str(arguments.get("column_name"))].add(test.test_metadata.name)
    if not any("unique_grain" in names or {"unique", "not_null"} <= names for names in tested.values()):
        fail(f"`{model.name}` has no test of its grain: add `unique_grain`, or `unique` and `not_null` of one column.")


@check
def check_folders_form_a_line(model: Any, ctx: Any, *, path: str, folders: list[str]) -> None:
    """Want each model below `path` in one of the folders, reading nothing of a folder that is listed after its own."""
    places = {
        node.unique_id: PurePosixPath(node.original_file_path).relative_to(path).parts[0]
        for node in ctx.models
        if PurePosixPath(node.original_file_path).is_relative_to(path)
    }
    place = places.get(model.unique_id)
    if place is None:
        return
    if place not in folders:
        fail(f"`{model.name}` is in `{place}`, which has no place in the line {folders}.")
    else:
        later = folders[folders.index(place) + 1 :]
        wrong = sorted(parent for parent in _read_by(model) if places.get(parent) in later)
        if wrong:
            fail(f"`{model.name}` in `{place}` reads what comes later in the line: {wrong}.")


@check
def check_source_is_in_own_directory(source: Any) -> None:
    """Want a source declared in the folder of its name."""
    if source.source_name not in PurePosixPath(source.original_file_path).parent.parts:
        fail(f"Source `{source.source_name}` is declared in `{source.original_file_path}`: move it to its own folder.")


@check
def check_column_descriptions_agree(ctx: Any, *, path: str, columns: list[str]) -> None:
    """Want the named columns to say the same in every model below `path`; the tool's own check takes all columns."""
    texts: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for model in ctx.models:
        if model.original_file_path.startswith(path):
            for name, column in (model.columns or {}).items():
                texts[name][(column.description or "").strip()].append(model.name)
    differing = {name: dict(texts[name]) for name in columns if len(texts[name]) > 1}
    if differing:
        fail(f"Columns are described differently: {differing}.")
