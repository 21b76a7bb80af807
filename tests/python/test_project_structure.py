"""Structural lint of the dbt project: the 29 rules of dbt-project-evaluator 1.x, evaluated on ``manifest.json``.

The evaluator is a dbt package that loads the project graph into the warehouse and queries it.  This module reaches
the same verdicts straight from the manifest that ``dbt parse`` writes, so the rules run in a second, offline and
without a database.  Every rule is a pure function from a :class:`ProjectGraph` to a list of findings (one line of text
each, saying what to change); an empty list means the rule is satisfied.  Thresholds, prefixes and folder names are the
package's defaults (:class:`Settings`).

Three properties of the package shape most of the rules below:

* its dependency graph holds models, seeds, snapshots, sources, exposures and metrics, but never tests;
* exposures and metrics carry no exclusion flag, so rules that filter on that flag do not see them: an exposure does
  not make a source "used", nor does it stop a model from being a leaf.  ``ProjectGraph.core`` is that reduced graph;
* a model's type comes from its name prefix first, from its folder second, and is ``other`` when neither is known.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import chdir
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from dbt.cli.main import dbtRunner

PROJECT_ROOT = Path(__file__).resolve().parents[2]

Manifest = Mapping[str, Any]

# --------------------------------------------------------------------------------------------------------------------
# Settings: the default variables of the package
# --------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Settings:
    """Default variables of the evaluator package."""

    models_fanout_threshold: int = 3
    too_many_joins_threshold: int = 7
    chained_views_threshold: int = 5
    test_coverage_target: float = 100.0
    documentation_coverage_target: float = 100.0
    primary_key_test_macros: tuple[tuple[str, ...], ...] = (
        ("dbt.test_unique", "dbt.test_not_null"),
        ("dbt_utils.test_unique_combination_of_columns",),
    )
    enforced_primary_key_node_types: frozenset[str] = frozenset({"model"})
    prefixes: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: {
            "base": ("base_",),
            "staging": ("stg_",),
            "intermediate": ("int_",),
            "marts": ("fct_", "dim_"),
            "other": ("rpt_",),
        }
    )
    folders: Mapping[str, str] = field(
        default_factory=lambda: {
            "base": "base",
            "staging": "staging",
            "intermediate": "intermediate",
            "marts": "marts",
        }
    )
    comment_markers: tuple[str, ...] = ("--",)


DEFAULTS = Settings()
EVALUATOR = "dbt_project_evaluator"
TIME_SPINE = "metricflow_time_spine"
VIRTUAL = frozenset({"view", "ephemeral"})
WITHOUT_MODEL_TYPE = frozenset({"test", "source", "metric", "exposure", "seed"})
WITHOUT_EXCLUSION_FLAG = frozenset({"exposure", "metric"})
WITH_PARENTS = frozenset({"model", "snapshot", "exposure", "metric"})

# --------------------------------------------------------------------------------------------------------------------
# The graph
# --------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Resource:
    """One entry of the manifest, with the attributes the rules ask about."""

    unique_id: str
    kind: str
    name: str
    path: str
    model_type: str | None
    folder_type: str | None
    node: Mapping[str, Any] = field(repr=False, compare=False)

    @property
    def directory(self) -> str:
        """Folder of the defining file, with a trailing slash."""
        return self.path[: self.path.rfind("/") + 1]

    @property
    def file_name(self) -> str:
        """Name of the defining file."""
        return self.path[self.path.rfind("/") + 1 :]

    @property
    def prefix(self) -> str:
        """First chunk of the name including its underscore."""
        return self.node["name"].split("_")[0] + "_"

    @property
    def materialized(self) -> str | None:
        """Materialisation, where the resource has one."""
        return (self.node.get("config") or {}).get("materialized")

    @property
    def parents(self) -> list[str]:
        """Unique ids this resource depends on, in manifest order."""
        return list((self.node.get("depends_on") or {}).get("nodes") or [])

    @property
    def described(self) -> bool:
        """Whether the resource has a description."""
        return bool(self.node.get("description"))

    @property
    def public(self) -> bool:
        """Whether the resource is a public model."""
        return self.node.get("access") == "public"


@dataclass(frozen=True)
class ProjectGraph:
    """Enabled resources of a project and the edges between them (tests are kept apart).

    ``dag`` holds every edge, ``core`` is the same graph without exposures and metrics.
    """

    resources: Mapping[str, Resource]
    tests: tuple[Resource, ...]
    dag: nx.DiGraph
    core: nx.DiGraph

    def of_kind(self, *kinds: str) -> list[Resource]:
        """Return the resources of the given kinds, ordered by name."""
        return sorted((r for r in self.resources.values() if r.kind in kinds), key=lambda r: r.name)

    def parents(self, resource: Resource, graph: nx.DiGraph | None = None) -> list[Resource]:
        """Return the direct parents, ordered by name."""
        return self._named((self.dag if graph is None else graph).predecessors(resource.unique_id))

    def children(self, resource: Resource, graph: nx.DiGraph | None = None) -> list[Resource]:
        """Return the direct children, ordered by name."""
        return self._named((self.dag if graph is None else graph).successors(resource.unique_id))

    def edges(self) -> Iterator[tuple[Resource, Resource]]:
        """Yield every (parent, child) pair of the core graph in a stable order."""
        for parent_id, child_id in sorted(self.core.edges):
            yield self.resources[parent_id], self.resources[child_id]

    def _named(self, ids: Iterable[str]) -> list[Resource]:
        return sorted((self.resources[i] for i in ids), key=lambda r: r.name)


def folder_type(directory: str, settings: Settings = DEFAULTS) -> str | None:
    """Return the model type whose folder sits deepest in the directory, if any does."""
    positions = {kind: directory.find(f"/{folder}/") for kind, folder in settings.folders.items()}
    kind, position = max(positions.items(), key=lambda item: item[1])
    return kind if position >= 0 else None


def prefix_type(prefix: str, settings: Settings = DEFAULTS) -> str | None:
    """Return the model type a name prefix announces, if it is a known prefix."""
    return next((kind for kind, known in settings.prefixes.items() if prefix in known), None)


def _resource(node: Mapping[str, Any], settings: Settings) -> Resource:
    kind, name = node["resource_type"], node["name"]
    path = node.get("original_file_path", "").replace("\\", "/")
    by_folder = by_name = model_type = None
    if kind not in WITHOUT_MODEL_TYPE:
        by_folder = folder_type(path[: path.rfind("/") + 1], settings)
        by_name = prefix_type(name.split("_")[0] + "_", settings)
        model_type = by_name or by_folder or "other"
    if kind == "source":
        name = f"{node['source_name']}.{name}"
    elif node.get("version"):
        name = f"{name}.v{node['version']}"
    return Resource(node["unique_id"], kind, name, path, model_type, by_folder, node)


def build_graph(manifest: Manifest, settings: Settings = DEFAULTS) -> ProjectGraph:
    """Turn a manifest into the graph the rules work on, leaving out the evaluator itself and disabled resources."""
    nodes = [n for part in ("nodes", "sources", "exposures", "metrics") for n in manifest.get(part, {}).values()]
    own = [n for n in nodes if n.get("package_name") != EVALUATOR]
    enabled = [n for n in own if (n.get("config") or {}).get("enabled", True) is not False]
    loaded = [_resource(n, settings) for n in enabled]
    resources = {r.unique_id: r for r in loaded if r.kind != "test"}
    dag: nx.DiGraph = nx.DiGraph()
    dag.add_nodes_from(resources)
    for resource in resources.values():
        if resource.kind in WITH_PARENTS:
            dag.add_edges_from((p, resource.unique_id) for p in resource.parents if p in resources)
    core = dag.subgraph(u for u, r in resources.items() if r.kind not in WITHOUT_EXCLUSION_FLAG).copy()
    return ProjectGraph(resources, tuple(r for r in loaded if r.kind == "test"), dag, core)


# --------------------------------------------------------------------------------------------------------------------
# Rules
# --------------------------------------------------------------------------------------------------------------------

Rule = Callable[[ProjectGraph, Settings], list[str]]
RULES: dict[str, Rule] = {}


def rule(function: Rule) -> Rule:
    """Register a rule under its own name."""
    RULES[function.__name__] = function
    return function


def _names(resources: Iterable[Resource]) -> str:
    return ", ".join(r.name for r in resources)


def like_contains(text: str, pattern: str) -> bool:
    """Tell whether SQL ``text like '%pattern%'`` holds, underscores being one-character wildcards."""
    translated = "".join({"_": ".", "%": ".*"}.get(char, re.escape(char)) for char in pattern)
    return re.search(translated, text, re.DOTALL) is not None


# --- modelling ------------------------------------------------------------------------------------------------------


@rule
def fct_direct_join_to_source(graph: ProjectGraph, settings: Settings) -> list[str]:
    """Find models that read both a source and another model."""
    findings = []
    for model in graph.of_kind("model"):
        parents = graph.parents(model, graph.core)
        sources = [p for p in parents if p.kind == "source"]
        if sources and any(p.kind == "model" for p in parents):
            findings.append(f"{model.name}: reads {_names(sources)} next to other models; go through its staging model")
    return findings


@rule
def fct_duplicate_sources(graph: ProjectGraph, settings: Settings) -> list[str]:
    """Find database relations that are declared by more than one source table."""
    located: dict[str, list[Resource]] = defaultdict(list)
    for source in graph.of_kind("source"):
        parts = (source.node.get(key) for key in ("database", "schema", "identifier"))
        located[".".join(p for p in parts if p is not None)].append(source)
    return [
        f"{relation}: declared by {_names(sources)}; keep one of them"
        for relation, sources in sorted(located.items())
        if len(sources) > 1
    ]


_LEAD = r"(?<!distinct\s)(?:from|join)\s+"
_PART = r"""[\[`"']?\w+-?\w*[\]`"']?"""
_ARGUMENT = r"""['"]?[^)'"]+['"]?\s*"""
HARD_CODED = (
    # from {{ var('x') }}, with or without a default value
    re.compile(_LEAD + r"(\{\{\s*var\s*\(\s*" + _ARGUMENT + r"(?:,\s*" + _ARGUMENT + r")?\)\s*\}\})", re.IGNORECASE),
    # from schema.table or from database.schema.table, each part quoted or bare
    re.compile(_LEAD + rf"({_PART}\.(?:{_PART}\.)?{_PART})(?=\s|$)", re.IGNORECASE),
    # from "table"
    re.compile(_LEAD + r"""([\[`"']\w+-?\w+[\]`"'])(?=\s|$)""", re.IGNORECASE),
)


def hard_coded_references(code: str, settings: Settings = DEFAULTS) -> list[str]:
    """List what raw model code selects from without ``ref`` or ``source``; only line comments are skipped."""
    markers = "|".join(re.escape(marker) for marker in settings.comment_markers)
    bare = re.sub(f"(?:{markers}).*", "", code)
    return sorted({match.strip() for pattern in HARD_CODED for match in pattern.findall(bare)})


@rule
def fct_hard_coded_references(graph: ProjectGraph, settings: Settings) -> list[str]:
    """Find SQL models whose raw code names a relation directly."""
    findings = []
    for model in graph.of_kind("model"):
        if model.node.get("language", "sql") == "sql":
            hits = hard_coded_references(model.node.get("raw_code") or "", settings)
            if hits:
                findings.append(f"{model.name}: replace {', '.join(hits)} by ref() or source() ({model.path})")
    return findings


@rule
def fct_marts_or_intermediate_dependent_on_source(graph: ProjectGraph, settings: Settings) -> list[str]:
    """Find marts and intermediate models that read a source."""
    return [
        f"{child.name}: {child.model_type} resource reads source {parent.name}; read its staging model"
        for parent, child in graph.edges()
        if parent.kind == "source" and child.model_type in {"marts", "intermediate"}
    ]


@rule
def fct_model_fanout(graph: ProjectGraph, settings: Settings) -> list[str]:
    """Find parents of any kind feeding too many leaf models, a leaf having no model or snapshot behind it."""
    core, findings = graph.core, []
    for parent in graph.of_kind("model", "seed", "snapshot", "source"):
        models = [c for c in graph.children(parent, core) if c.kind == "model"]
        leaves = [c for c in models if core.out_degree(c.unique_id) == 0]
        if len(leaves) >= settings.models_fanout_threshold:
            findings.append(
                f"{parent.name}: {len(leaves)} leaf children ({_names(leaves)}); "
                f"keep fewer than {settings.models_fanout_threshold} by merging or re-routing some"
            )
    return findings


@rule
def fct_multiple_sources_joined(graph: ProjectGraph, settings: Settings) -> list[str]:
    """Find resources that read more than one source table."""
    findings = []
    for child in graph.of_kind("model", "snapshot"):
        sources = [p for p in graph.parents(child, graph.core) if p.kind == "source"]
        if len(sources) > 1:
            findings.append(f"{child.name}: reads {_names(sources)}; give each its own staging model")
    return findings


@rule
def fct_rejoining_of_upstream_concepts(graph: ProjectGraph, settings: Settings) -> list[str]:
    """Find triangles parent, middle, child where the middle resource has no other child."""
    core = graph.core
    return [
        f"{middle.name}: sits between {parent.name} and {child.name}, which reads both, and feeds nothing else; "
        f"fold it into {child.name} or drop the direct edge"
        for parent, middle in graph.edges()
        if core.out_degree(middle.unique_id) == 1
        for child in graph.children(middle, core)
        if core.has_edge(parent.unique_id, child.unique_id)
    ]


@rule
def fct_root_models(graph: ProjectGraph, settings: Settings) -> list[str]:
    """Find models without any parent."""
    return [
        f"{model.name}: has no parent; select from a source, seed or model ({model.path})"
        for model in graph.of_kind("model")
        if graph.dag.in_degree(model.unique_id) == 0 and model.name != TIME_SPINE
    ]


@rule
def fct_source_fanout(graph: ProjectGraph, settings: Settings) -> list[str]:
    """Find source tables read by more than one model."""
    findings = []
    for source in graph.of_kind("source"):
        models = [c for c in graph.children(source, graph.core) if c.kind == "model"]
        if len(models) > 1:
            findings.append(f"{source.name}: read by {_names(models)}; keep one staging model and ref it")
    return findings


@rule
def fct_staging_dependent_on_marts_or_intermediate(graph: ProjectGraph, settings: Settings) -> list[str]:
    """Find staging models that read from a later layer."""
    return [
        f"{child.name}: staging model reads {parent.model_type} model {parent.name}; move it downstream"
        for parent, child in graph.edges()
        if parent.kind == child.kind == "model"
        and child.model_type == "staging"
        and parent.model_type in {"marts", "intermediate"}
    ]


@rule
def fct_staging_dependent_on_staging(graph: ProjectGraph, settings: Settings) -> list[str]:
    """Find staging resources that read other staging resources."""
    return [
        f"{child.name}: staging reads staging resource {parent.name}; make it intermediate or read a base model"
        for parent, child in graph.edges()
        if {parent.kind, child.kind} <= {"model", "snapshot"} and parent.model_type == child.model_type == "staging"
    ]


@rule
def fct_too_many_joins(graph: ProjectGraph, settings: Settings) -> list[str]:
    """Find models with too many direct parents of any kind."""
    return [
        f"{model.name}: {len(parents)} direct parents ({_names(parents)}); "
        f"bring them below {settings.too_many_joins_threshold} with intermediate models"
        for model in graph.of_kind("model")
        if len(parents := graph.parents(model)) >= settings.too_many_joins_threshold
    ]


@rule
def fct_unused_sources(graph: ProjectGraph, settings: Settings) -> list[str]:
    """Find source tables that no model or snapshot reads."""
    return [
        f"{source.name}: nothing reads it; add a staging model or remove it ({source.path})"
        for source in graph.of_kind("source")
        if graph.core.out_degree(source.unique_id) == 0
    ]


# --- testing --------------------------------------------------------------------------------------------------------


def _tests_by_column(graph: ProjectGraph) -> dict[str, dict[str | None, list[Resource]]]:
    """Group tests by the resource they belong to (the last one they depend on), then by column."""
    grouped: dict[str, dict[str | None, list[Resource]]] = defaultdict(lambda: defaultdict(list))
    for test in graph.tests:
        if test.parents:
            grouped[test.parents[-1]][test.node.get("column_name") or None].append(test)
    return grouped


def _runs(test: Resource, macro: str) -> bool:
    macros = (test.node.get("depends_on") or {}).get("macros") or []
    return any(f"macro.{macro}" in used for used in macros)


def has_primary_key_test(
    resource: Resource, columns: Mapping[str | None, list[Resource]], settings: Settings = DEFAULTS
) -> bool:
    """Tell whether one column (or the table level) carries a full set of primary key tests.

    A ``unique`` test on a column with a ``not_null`` constraint counts too.
    """
    defined = resource.node.get("columns") or {}
    for column, tests in columns.items():
        for macros in settings.primary_key_test_macros:
            if sum(any(_runs(t, m) for m in macros) for t in tests) >= len(macros):
                return True
        constraints = (defined.get(column) or {}).get("constraints") or [] if column else []
        constrained = any(c.get("type") == "not_null" for c in constraints)
        if column in defined and sum(_runs(t, "dbt.test_unique") for t in tests) + constrained >= 2:
            return True
    return False


@rule
def fct_missing_primary_key_tests(graph: ProjectGraph, settings: Settings) -> list[str]:
    """Find models whose grain is not tested."""
    tests = _tests_by_column(graph)
    return [
        f"{resource.name}: add unique and not_null to one column, or dbt_utils.unique_combination_of_columns"
        for resource in graph.of_kind(*settings.enforced_primary_key_node_types)
        if not has_primary_key_test(resource, tests.get(resource.unique_id, {}), settings)
    ]


def _below_target(total: int, missing: list[Resource], target: float) -> bool:
    return total > 0 and round((total - len(missing)) * 100 / total, 2) < target


@rule
def fct_test_coverage(graph: ProjectGraph, settings: Settings) -> list[str]:
    """Find the untested models when the tested share is below the target."""
    models, tested = graph.of_kind("model"), _tests_by_column(graph)
    missing = [m for m in models if m.unique_id not in tested]
    if not _below_target(len(models), missing, settings.test_coverage_target):
        return []
    return [f"{m.name}: has no test; test coverage must reach {settings.test_coverage_target:g} %" for m in missing]


@rule
def fct_sources_without_freshness(graph: ProjectGraph, settings: Settings) -> list[str]:
    """Find source tables with neither a warning nor an error threshold for freshness."""

    def configured(source: Resource) -> bool:
        blocks = (source.node.get("freshness"), (source.node.get("config") or {}).get("freshness"))
        return any(
            ((block or {}).get(level) or {}).get("count") for block in blocks for level in ("warn_after", "error_after")
        )

    return [
        f"{s.name}: set freshness.warn_after or freshness.error_after ({s.path})"
        for s in graph.of_kind("source")
        if not configured(s)
    ]


# --- documentation --------------------------------------------------------------------------------------------------


@rule
def fct_documentation_coverage(graph: ProjectGraph, settings: Settings) -> list[str]:
    """Find the undescribed models when the described share is below the target."""
    models = graph.of_kind("model")
    missing = [m for m in models if not m.described]
    target = settings.documentation_coverage_target
    if not _below_target(len(models), missing, target):
        return []
    return [f"{m.name}: has no description; documentation coverage must reach {target:g} %" for m in missing]


@rule
def fct_undocumented_models(graph: ProjectGraph, settings: Settings) -> list[str]:
    """Find models without a description."""
    return [f"{m.name}: add a description ({m.path})" for m in graph.of_kind("model") if not m.described]


@rule
def fct_undocumented_source_tables(graph: ProjectGraph, settings: Settings) -> list[str]:
    """Find source tables without a description."""
    return [f"{s.name}: describe the table ({s.path})" for s in graph.of_kind("source") if not s.described]


@rule
def fct_undocumented_sources(graph: ProjectGraph, settings: Settings) -> list[str]:
    """Find sources without a description of the source as a whole."""
    bare = [s for s in graph.of_kind("source") if not s.node.get("source_description")]
    return sorted({f"{s.node['source_name']}: describe the source itself ({s.path})" for s in bare})


# --- structure ------------------------------------------------------------------------------------------------------


@rule
def fct_model_directories(graph: ProjectGraph, settings: Settings) -> list[str]:
    """Find staging models outside their source's folder and models nested under another layer's folder."""
    findings = []
    for model in graph.of_kind("model"):
        if model.model_type == "staging":
            ancestors = (graph.resources[a] for a in nx.ancestors(graph.dag, model.unique_id))
            names = {a.node["source_name"] for a in ancestors if a.kind == "source"}
            findings += [
                f"{model.name}: move {model.path} to models/{settings.folders['staging']}/{name}/{model.file_name}"
                for name in sorted(names)
                if not like_contains(model.directory, name)
            ]
    for other in graph.of_kind(*{r.kind for r in graph.resources.values()}):
        if other.folder_type is not None and other.model_type != other.folder_type:
            wanted = settings.folders.get(other.model_type or "")
            target = f"below a {wanted} folder" if wanted else "outside the folders of the known layers"
            findings.append(f"{other.name}: {other.model_type} in a {other.folder_type} folder; move it {target}")
    return findings


@rule
def fct_model_naming_conventions(graph: ProjectGraph, settings: Settings) -> list[str]:
    """Find models whose name does not start with a prefix of their type."""
    findings = []
    for model in graph.of_kind("model"):
        allowed = settings.prefixes.get(model.model_type or "", ())
        if model.prefix not in allowed and model.name != TIME_SPINE:
            findings.append(f"{model.name}: {model.model_type} model; start its name with {' or '.join(allowed)}")
    return findings


@rule
def fct_source_directories(graph: ProjectGraph, settings: Settings) -> list[str]:
    """Find source tables declared outside the folder of their source."""
    return [
        f"{s.name}: move its declaration from {s.path} to "
        f"models/{settings.folders['staging']}/{s.node['source_name']}/{s.file_name}"
        for s in graph.of_kind("source")
        if not like_contains(s.directory, s.node["source_name"])
    ]


@rule
def fct_test_directories(graph: ProjectGraph, settings: Settings) -> list[str]:
    """Find generic tests declared in another folder than the model they test."""
    findings = []
    for test in sorted(graph.tests, key=lambda t: t.name):
        model = graph.resources.get(test.parents[-1]) if test.parents else None
        if model is None or model.kind != "model" or not test.node.get("test_metadata"):
            continue
        if test.directory != model.directory:
            findings.append(f"{test.name}: tests {model.name}; move it from {test.path} to a file in {model.directory}")
    return findings


# --- performance ----------------------------------------------------------------------------------------------------


def view_chain(graph: ProjectGraph, resource: Resource) -> list[str]:
    """Return the longest unbroken run of views and ephemeral models that ends right before the resource."""
    core, chains = graph.core, {}
    upstream = nx.ancestors(core, resource.unique_id) | {resource.unique_id}
    for node in nx.topological_sort(core.subgraph(upstream)):
        virtual = [p for p in core.predecessors(node) if graph.resources[p].materialized in VIRTUAL]
        options = [chains[p] + [graph.resources[p].name] for p in sorted(virtual)]
        chains[node] = max(options, key=len, default=[])
    return chains[resource.unique_id]


@rule
def fct_chained_views_dependencies(graph: ProjectGraph, settings: Settings) -> list[str]:
    """Find models behind a longer chain of views than allowed."""
    return [
        f"{model.name}: {len(chain)} chained views ({' > '.join(chain)}); materialise one of them as a table"
        for model in graph.of_kind("model")
        if len(chain := view_chain(graph, model)) > settings.chained_views_threshold
    ]


@rule
def fct_exposure_parents_materializations(graph: ProjectGraph, settings: Settings) -> list[str]:
    """Find exposures fed by a source or by a model that is not stored."""
    findings = []
    for exposure in graph.of_kind("exposure"):
        for parent in graph.parents(exposure):
            if parent.kind == "source":
                findings.append(f"{exposure.name}: depends on source {parent.name}; depend on a table model")
            elif parent.kind == "model" and parent.materialized in VIRTUAL:
                findings.append(f"{exposure.name}: depends on {parent.materialized} {parent.name}; make it a table")
    return findings


# --- governance -----------------------------------------------------------------------------------------------------


@rule
def fct_exposures_dependent_on_private_models(graph: ProjectGraph, settings: Settings) -> list[str]:
    """Find exposures with a parent that is anything but a public model."""
    return [
        f"{exposure.name}: depends on {parent.kind} {parent.name}; depend only on models with access: public"
        for exposure in graph.of_kind("exposure")
        for parent in graph.parents(exposure)
        if parent.kind not in WITHOUT_EXCLUSION_FLAG and not (parent.kind == "model" and parent.public)
    ]


@rule
def fct_public_models_without_contract(graph: ProjectGraph, settings: Settings) -> list[str]:
    """Find public models without an enforced contract."""
    return [
        f"{model.name}: public model; set contract.enforced: true and give every column a data_type"
        for model in graph.of_kind("model")
        if model.public and not (model.node.get("contract") or {}).get("enforced")
    ]


@rule
def fct_undocumented_public_models(graph: ProjectGraph, settings: Settings) -> list[str]:
    """Find public models without a description or without a fully described column list."""
    findings = []
    for model in graph.of_kind("model"):
        columns = model.node.get("columns") or {}
        bare = sorted(name for name, column in columns.items() if not column.get("description"))
        if model.public and not model.described:
            findings.append(f"{model.name}: public model; add a description")
        if model.public and not columns:
            findings.append(f"{model.name}: public model; list its columns")
        if model.public and bare:
            findings.append(f"{model.name}: public model; describe the columns {', '.join(bare)}")
    return findings


# --------------------------------------------------------------------------------------------------------------------
# The project under test
# --------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def project_graph(tmp_path_factory: pytest.TempPathFactory) -> ProjectGraph:
    """Parse the project once into a temporary target folder and load its graph.

    Running inside the project root lets dbt find a ``profiles.yml`` there (``DBT_PROFILES_DIR`` takes precedence).
    """
    target = tmp_path_factory.mktemp("dbt_target")
    command = ["--quiet", "--no-send-anonymous-usage-stats", "parse", "--no-partial-parse"]
    command += ["--project-dir", str(PROJECT_ROOT), "--target-path", str(target), "--log-path", str(target / "logs")]
    with chdir(PROJECT_ROOT):
        outcome = dbtRunner().invoke(command)
    if not outcome.success:
        pytest.fail(f"dbt parse failed: {outcome.exception or outcome.result}", pytrace=False)
    return build_graph(json.loads((target / "manifest.json").read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", sorted(RULES))
def test_project_follows_rule(project_graph: ProjectGraph, name: str) -> None:
    """The project gives the rule nothing to report."""
    findings = RULES[name](project_graph, DEFAULTS)
    if findings:
        pytest.fail("\n".join([f"{name}: {len(findings)} finding(s)", *findings]), pytrace=False)


# --------------------------------------------------------------------------------------------------------------------
# The checker itself, on a hand-made manifest
# --------------------------------------------------------------------------------------------------------------------

Draft = dict[str, Any]


def _test(draft: Draft, owner: str, macro: str, column: str | None = "id", path: str | None = None) -> None:
    """Add a generic test of a model to the draft manifest."""
    package, _, short = macro.partition(".")
    name = f"{short.removeprefix('test_')}_{owner}_{column or 'table'}"
    unique_id = f"test.shop.{name}"
    model = draft["nodes"][f"model.shop.{owner}"]
    draft["nodes"][unique_id] = {
        "unique_id": unique_id,
        "resource_type": "test",
        "name": name,
        "column_name": column,
        "original_file_path": path or model["original_file_path"].rpartition("/")[0] + "/_models.yml",
        "test_metadata": {"name": short, "namespace": package},
        "depends_on": {"nodes": [f"model.shop.{owner}"], "macros": [f"macro.{macro}"]},
    }


def _model(draft: Draft, path: str, *parents: str, tested: bool = True, **extra: object) -> Draft:
    """Add a model to the draft manifest; keyword arguments replace its attributes."""
    name = path.rpartition("/")[2]
    unique_id = f"model.shop.{name}"
    draft["nodes"][unique_id] = {
        "unique_id": unique_id,
        "resource_type": "model",
        "name": name,
        "original_file_path": f"models/{path}.sql",
        "language": "sql",
        "raw_code": "select * from {{ ref('x') }}",
        "description": "Described.",
        "access": "protected",
        "columns": {"id": {"name": "id", "description": "Key."}},
        "config": {"materialized": "view", "enabled": True},
        "contract": {"enforced": False},
        "depends_on": {"nodes": list(parents), "macros": []},
    } | extra
    if tested:
        _test(draft, name, "dbt.test_unique")
        _test(draft, name, "dbt.test_not_null")
    return draft["nodes"][unique_id]


def _source(draft: Draft, source_name: str, name: str, **extra: object) -> None:
    """Add a source table to the draft manifest."""
    unique_id = f"source.shop.{source_name}.{name}"
    draft["sources"][unique_id] = {
        "unique_id": unique_id,
        "resource_type": "source",
        "source_name": source_name,
        "name": name,
        "identifier": name,
        "database": "raw",
        "schema": source_name,
        "original_file_path": f"models/staging/{source_name}/_sources.yml",
        "description": "A table.",
        "source_description": "A system.",
        "freshness": {"warn_after": {"count": 1, "period": "day"}, "error_after": {"count": None, "period": None}},
        "config": {"enabled": True},
    } | extra


def _exposure(draft: Draft, name: str, *parents: str) -> None:
    """Add an exposure to the draft manifest."""
    unique_id = f"exposure.shop.{name}"
    draft["exposures"][unique_id] = {
        "unique_id": unique_id,
        "resource_type": "exposure",
        "name": name,
        "original_file_path": "models/marts/_exposures.yml",
        "depends_on": {"nodes": list(parents), "macros": []},
    }


def _seed(draft: Draft, name: str) -> None:
    """Add a seed to the draft manifest."""
    unique_id = f"seed.shop.{name}"
    draft["nodes"][unique_id] = {
        "unique_id": unique_id,
        "resource_type": "seed",
        "name": name,
        "original_file_path": f"seeds/{name}.csv",
    }


SOURCE, STAGING = "source.shop.till.orders", "model.shop.stg_till__orders"
MIDDLE, MART = "model.shop.int_orders", "model.shop.fct_orders"


def clean_manifest() -> Draft:
    """Return a small manifest that satisfies every rule."""
    draft: Draft = {"nodes": {}, "sources": {}, "exposures": {}, "metrics": {}}
    _source(draft, "till", "orders")
    _model(draft, "staging/till/stg_till__orders", SOURCE)
    _model(draft, "intermediate/int_orders", STAGING)
    stored = {"config": {"materialized": "table"}, "access": "public", "contract": {"enforced": True}}
    _model(draft, "marts/fct_orders", MIDDLE, **stored)
    _exposure(draft, "sales_board", MART)
    return draft


def _depend(draft: Draft, child: str, *parents: str) -> None:
    draft["nodes"][child]["depends_on"]["nodes"] += parents


def _views(draft: Draft, count: int) -> None:
    """Append a chain of views to the mart."""
    previous = MART
    for number in range(count):
        _model(draft, f"marts/fct_step_{number}", previous)
        previous = f"model.shop.fct_step_{number}"


def _leaves(draft: Draft, count: int) -> None:
    """Give the mart some leaf children."""
    for number in range(count):
        _model(draft, f"marts/dim_leaf_{number}", MART)


Breaker = Callable[[Draft], None]
BREAKERS: dict[str, Breaker] = {}


def counterexample(function: Breaker) -> Breaker:
    """Register a change to the clean manifest that makes one rule fail."""
    BREAKERS[function.__name__.removeprefix("_break_")] = function
    return function


@counterexample
def _break_fct_direct_join_to_source(draft: Draft) -> None:
    _source(draft, "till", "refunds")
    _depend(draft, MIDDLE, "source.shop.till.refunds")


@counterexample
def _break_fct_duplicate_sources(draft: Draft) -> None:
    _source(draft, "till", "old_orders", identifier="orders")


@counterexample
def _break_fct_hard_coded_references(draft: Draft) -> None:
    draft["nodes"][MART]["raw_code"] = "select * from raw.orders"


@counterexample
def _break_fct_marts_or_intermediate_dependent_on_source(draft: Draft) -> None:
    _depend(draft, MART, SOURCE)


@counterexample
def _break_fct_model_fanout(draft: Draft) -> None:
    _leaves(draft, 3)


@counterexample
def _break_fct_multiple_sources_joined(draft: Draft) -> None:
    _source(draft, "till", "refunds")
    _depend(draft, STAGING, "source.shop.till.refunds")


@counterexample
def _break_fct_rejoining_of_upstream_concepts(draft: Draft) -> None:
    _depend(draft, MART, STAGING)


@counterexample
def _break_fct_root_models(draft: Draft) -> None:
    _model(draft, "marts/dim_calendar")


@counterexample
def _break_fct_source_fanout(draft: Draft) -> None:
    _model(draft, "staging/till/stg_till__lines", SOURCE)


@counterexample
def _break_fct_staging_dependent_on_marts_or_intermediate(draft: Draft) -> None:
    _model(draft, "staging/till/stg_till__late", MIDDLE)


@counterexample
def _break_fct_staging_dependent_on_staging(draft: Draft) -> None:
    _model(draft, "staging/till/stg_till__lines", STAGING)


@counterexample
def _break_fct_too_many_joins(draft: Draft) -> None:
    for number in range(6):
        _model(draft, f"intermediate/int_part_{number}", STAGING)
        _depend(draft, MART, f"model.shop.int_part_{number}")


@counterexample
def _break_fct_unused_sources(draft: Draft) -> None:
    _source(draft, "till", "refunds")
    _exposure(draft, "refund_board", "source.shop.till.refunds")


@counterexample
def _break_fct_missing_primary_key_tests(draft: Draft) -> None:
    del draft["nodes"]["test.shop.not_null_fct_orders_id"]


@counterexample
def _break_fct_test_coverage(draft: Draft) -> None:
    _model(draft, "marts/dim_shop", MART, tested=False)


@counterexample
def _break_fct_sources_without_freshness(draft: Draft) -> None:
    draft["sources"][SOURCE]["freshness"] = {"warn_after": {"count": None}, "error_after": None}


@counterexample
def _break_fct_documentation_coverage(draft: Draft) -> None:
    draft["nodes"][STAGING]["description"] = ""


@counterexample
def _break_fct_undocumented_models(draft: Draft) -> None:
    draft["nodes"][MART]["description"] = ""


@counterexample
def _break_fct_undocumented_source_tables(draft: Draft) -> None:
    draft["sources"][SOURCE]["description"] = ""


@counterexample
def _break_fct_undocumented_sources(draft: Draft) -> None:
    draft["sources"][SOURCE]["source_description"] = ""


@counterexample
def _break_fct_model_directories(draft: Draft) -> None:
    draft["nodes"][MART]["original_file_path"] = "models/marts/intermediate/fct_orders.sql"


@counterexample
def _break_fct_model_naming_conventions(draft: Draft) -> None:
    _model(draft, "marts/orders_wide", MART)


@counterexample
def _break_fct_source_directories(draft: Draft) -> None:
    draft["sources"][SOURCE]["original_file_path"] = "models/_sources.yml"


@counterexample
def _break_fct_test_directories(draft: Draft) -> None:
    _test(draft, "fct_orders", "dbt.test_accepted_values", path="models/_models.yml")


@counterexample
def _break_fct_chained_views_dependencies(draft: Draft) -> None:
    _views(draft, 7)


@counterexample
def _break_fct_exposure_parents_materializations(draft: Draft) -> None:
    draft["nodes"][MART]["config"]["materialized"] = "view"


@counterexample
def _break_fct_exposures_dependent_on_private_models(draft: Draft) -> None:
    draft["nodes"][MART]["access"] = "protected"


@counterexample
def _break_fct_public_models_without_contract(draft: Draft) -> None:
    draft["nodes"][MART]["contract"] = {"enforced": False}


@counterexample
def _break_fct_undocumented_public_models(draft: Draft) -> None:
    draft["nodes"][MART]["columns"]["id"]["description"] = ""


def _run(draft: Draft, name: str) -> list[str]:
    return RULES[name](build_graph(deepcopy(draft)), DEFAULTS)


def test_there_are_29_rules_and_each_has_a_counterexample() -> None:
    """The registry is complete."""
    assert len(RULES) == 29
    assert set(BREAKERS) == set(RULES)


@pytest.mark.parametrize("name", sorted(RULES))
def test_rule_accepts_the_clean_manifest(name: str) -> None:
    """No rule reports the clean manifest."""
    assert _run(clean_manifest(), name) == []


@pytest.mark.parametrize("name", sorted(RULES))
def test_rule_reports_its_counterexample(name: str) -> None:
    """Every rule can fail, and says which resource it is about."""
    draft = clean_manifest()
    BREAKERS[name](draft)
    findings = _run(draft, name)
    assert findings
    assert all(": " in finding and "\n" not in finding for finding in findings)


def test_fanout_counts_only_leaf_models() -> None:
    """A child with its own child is no leaf, an exposure does not change that."""
    draft = clean_manifest()
    _leaves(draft, 3)
    _exposure(draft, "leaf_board", "model.shop.dim_leaf_0")
    assert _run(draft, "fct_model_fanout")
    _model(draft, "marts/fct_deep", "model.shop.dim_leaf_0")
    assert not _run(draft, "fct_model_fanout")


def test_fanout_also_looks_at_seeds() -> None:
    """A seed feeding three leaf models is reported."""
    draft = clean_manifest()
    _seed(draft, "names")
    for number in range(3):
        _model(draft, f"marts/dim_name_{number}", "seed.shop.names")
    assert len(_run(draft, "fct_model_fanout")) == 1


def test_rejoining_is_accepted_when_the_middle_model_has_another_child() -> None:
    """A second model child of the middle model lifts the finding, an exposure does not."""
    draft = clean_manifest()
    _depend(draft, MART, STAGING)
    _exposure(draft, "middle_board", MIDDLE)
    assert _run(draft, "fct_rejoining_of_upstream_concepts")
    _model(draft, "marts/fct_other", MIDDLE)
    assert not _run(draft, "fct_rejoining_of_upstream_concepts")


@pytest.mark.parametrize(("views", "reported"), [(6, False), (7, True)])
def test_five_chained_views_are_allowed(views: int, reported: bool) -> None:
    """The sixth model of a chain has five views above it, the seventh has six; the table mart ends the count."""
    draft = clean_manifest()
    _views(draft, views)
    assert bool(_run(draft, "fct_chained_views_dependencies")) is reported


def test_ephemeral_models_lengthen_a_chain_and_tables_cut_it() -> None:
    """The materialisation in the middle of a chain decides."""
    draft = clean_manifest()
    _views(draft, 7)
    middle = draft["nodes"]["model.shop.fct_step_3"]["config"]
    middle["materialized"] = "ephemeral"
    assert _run(draft, "fct_chained_views_dependencies")
    middle["materialized"] = "table"
    assert not _run(draft, "fct_chained_views_dependencies")


def test_a_seed_counts_as_parent_of_a_root_model() -> None:
    """Only a model without any parent is a root, and the metrics time spine is exempt."""
    draft = clean_manifest()
    _seed(draft, "days")
    _model(draft, "marts/dim_day", "seed.shop.days")
    _model(draft, "marts/metricflow_time_spine")
    assert not _run(draft, "fct_root_models")
    assert not _run(draft, "fct_model_naming_conventions")


def test_primary_key_by_combination_or_constraint() -> None:
    """A combination test replaces the usual pair; a not_null constraint replaces the not_null test."""
    draft = clean_manifest()
    _model(draft, "marts/dim_shop", MART, tested=False)
    assert _run(draft, "fct_missing_primary_key_tests")
    _test(draft, "dim_shop", "dbt_utils.test_unique_combination_of_columns", column=None)
    assert not _run(draft, "fct_missing_primary_key_tests")

    draft = clean_manifest()
    columns = {"id": {"name": "id", "constraints": [{"type": "not_null"}]}}
    _model(draft, "marts/dim_shop", MART, tested=False, columns=columns)
    _test(draft, "dim_shop", "dbt.test_unique")
    assert not _run(draft, "fct_missing_primary_key_tests")


def test_primary_key_tests_must_share_a_column() -> None:
    """Unique on one column and not_null on another is no primary key test, nor is a look-alike macro."""
    draft = clean_manifest()
    _model(draft, "marts/dim_shop", MART, tested=False)
    _test(draft, "dim_shop", "dbt.test_unique", column="a")
    _test(draft, "dim_shop", "dbt.test_not_null", column="b")
    _test(draft, "dim_shop", "shop.test_unique_combination_of_columns", column=None)
    assert _run(draft, "fct_missing_primary_key_tests")
    assert not _run(draft, "fct_test_coverage")


@pytest.mark.parametrize(
    ("path", "reported"),
    [
        ("staging/till/stg_till__extra", False),
        ("staging/web/stg_till__extra", True),
        ("base/till/stg_till__extra", True),
        ("intermediate/till/stg_till__extra", True),
        ("reports/rpt_extra", False),
        ("marts/reports/rpt_extra", True),
        ("marts/sales/fct_extra", False),
        ("intermediate/marts/fct_extra", False),
        ("marts/int_extra", True),
        ("utilities/int_extra", False),
    ],
)
def test_model_directories_by_prefix_and_folder(path: str, reported: bool) -> None:
    """The prefix sets the type and the deepest layer folder has to agree; unknown folders are ignored."""
    draft = clean_manifest()
    _model(draft, path, SOURCE)
    assert bool(_run(draft, "fct_model_directories")) is reported


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("select * from {{ ref('a') }} join {{ source('b', 'c') }}", []),
        ("select * from cte", []),
        ("select * from raw.orders\n", ["raw.orders"]),
        ("select * FROM db.raw.orders", ["db.raw.orders"]),
        ('select * from "raw"."orders" o', ['"raw"."orders"']),
        ('select * from "orders"', ['"orders"']),
        ("select * from 'orders.parquet'", ["'orders.parquet'"]),
        ("select * from read_csv('orders.csv')", []),
        ("select * from {{ var('table') }}", ["{{ var('table') }}"]),
        ("select * from {{ var('table', 'x') }}", ["{{ var('table', 'x') }}"]),
        ("select 1 -- from raw.orders", []),
        ("/* from raw.orders */ select 1", ["raw.orders"]),
        ("select extract(year from o.day)", []),
        ("select extract(day from o.a - o.b)", ["o.a"]),
        ("where a is distinct from o.b and c", []),
    ],
)
def test_hard_coded_references_in_code(code: str, found: list[str]) -> None:
    """The patterns see what the package sees, including its blind spots."""
    assert hard_coded_references(code) == found


def test_disabled_resources_are_left_out() -> None:
    """A disabled model is not checked."""
    draft = clean_manifest()
    _model(draft, "anywhere", tested=False, description="", config={"enabled": False})
    assert all(not _run(draft, name) for name in RULES)


def test_singular_tests_may_live_anywhere() -> None:
    """Only generic tests are tied to the folder of their model, and singular ones count as coverage."""
    draft = clean_manifest()
    _model(draft, "marts/dim_shop", MART, tested=False)
    _test(draft, "dim_shop", "shop.check", path="tests/check.sql")
    draft["nodes"]["test.shop.check_dim_shop_id"]["test_metadata"] = None
    assert not _run(draft, "fct_test_directories")
    assert not _run(draft, "fct_test_coverage")


def test_freshness_may_sit_in_the_config() -> None:
    """Freshness under the config of a source counts like freshness on the source."""
    draft = clean_manifest()
    draft["sources"][SOURCE] |= {"freshness": None, "config": {"freshness": {"error_after": {"count": 2}}}}
    assert not _run(draft, "fct_sources_without_freshness")
