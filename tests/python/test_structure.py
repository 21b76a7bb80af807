"""The rules of structure (dbt-bouncer.yml) hold for the project, and each of them can fail."""

from __future__ import annotations

import json
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from building import manifest as parsed
from building import settings_in, shared
from conftest import PROJECT_ROOT

CONFIG = PROJECT_ROOT / "dbt-bouncer.yml"

Manifest = dict[str, Any]


@pytest.fixture(scope="module")
def manifest() -> Manifest:
    """Return the project's manifest."""
    parsed()
    return json.loads((settings_in(shared() / "parse").target / "manifest.json").read_text(encoding="utf-8"))


def failures(manifest: Manifest, folder: Path) -> dict[int, list[str]]:
    """Return what dbt-bouncer says of a manifest: the messages of each rule that fails, by its position in the file."""
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    config = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    config |= {"dbt_artifacts_dir": str(folder), "custom_checks_dir": str(PROJECT_ROOT / config["custom_checks_dir"])}
    (folder / CONFIG.name).write_text(yaml.safe_dump(config), encoding="utf-8")
    command = [Path(sys.executable).with_name("dbt-bouncer"), "run", "--config-file", folder / CONFIG.name]
    command += ["--output-only-failures", "--output-file", folder / "failures.json"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode in {0, 1}, run.stdout + run.stderr
    found: dict[int, list[str]] = {}
    for failure in json.loads((folder / "failures.json").read_text(encoding="utf-8")):
        check, position, *_ = failure["check_run_id"].split(":")
        found.setdefault(int(position), []).append(f"{check}: {failure['failure_message']}")
    assert bool(found) is bool(run.returncode)
    return found


def test_the_project_keeps_its_structure(manifest: Manifest, tmp_path: Path) -> None:
    """Nothing in the project breaks a rule."""
    found = failures(manifest, tmp_path)
    if found:
        pytest.fail("\n".join(message for messages in found.values() for message in messages), pytrace=False)


def broken(manifest: Manifest) -> Manifest:
    """Return a manifest in which every rule is broken at least once."""
    draft = deepcopy(manifest)
    nodes = draft["nodes"].values()
    models = [node for node in nodes if node["resource_type"] == "model"]
    staging, step, mart, other_mart = (
        next(model for model in models if model["original_file_path"].startswith(f"models/{path}"))
        for path in ("staging/", "intermediate/", "marts/core/", "marts/usage/")
    )
    unread, *read = draft["sources"].values()
    unread |= {"original_file_path": "models/sources.yml", "description": "", "source_description": ""}
    unread |= {"freshness": None} | {key: read[0][key] for key in ("database", "schema", "identifier")}
    for model in models:
        model["config"]["materialized"] = "view"
        parents = [parent for parent in model["depends_on"]["nodes"] if parent != unread["unique_id"]]
        if model["original_file_path"].startswith("models/marts/"):
            parents += [step["unique_id"], *(source["unique_id"] for source in read)]
        model["depends_on"]["nodes"] = parents
    staging |= {"name": "Staging"}
    staging["depends_on"]["nodes"] = [mart["unique_id"]]
    step["depends_on"]["nodes"] = [mart["unique_id"]]
    early, late = (
        next(model for model in models if model["original_file_path"].startswith(f"models/intermediate/{folder}/"))
        for folder in ("usage", "health")
    )
    early["depends_on"]["nodes"].append(late["unique_id"])
    mart |= {"name": "Mart", "access": "protected"}
    other_mart["contract"]["enforced"] = False
    for model in (mart, other_mart):
        model["columns"]["account_name"] = {"name": "account_name", "description": f"Name in {model['name']}."}
    other_mart["columns"]["Name"] = {"name": "Name", "description": ""}
    next(node for node in nodes if node["resource_type"] == "seed")["description"] = ""
    alone = deepcopy(step) | {"name": "Alone", "unique_id": "model.seatwise.Alone", "description": ""}
    alone["raw_code"] = "select * from raw.orders join {{ var('table') }} on true" + "\n" * 120 + ";"
    alone["depends_on"]["nodes"] = []
    lost = deepcopy(mart) | {"unique_id": "model.seatwise.lost", "original_file_path": "models/elsewhere/lost.sql"}
    report = {"resource_type": "exposure", "package_name": "seatwise", "type": "dashboard", "owner": {"name": "us"}}
    report |= {"original_file_path": "models/x.yml", "path": "x.yml", "fqn": ["report"]}
    for name, parents in {"empty": [], "private": [staging["unique_id"]]}.items():
        names = {"name": name, "unique_id": f"exposure.seatwise.{name}"}
        draft["exposures"][names["unique_id"]] = report | names | {"depends_on": {"nodes": parents}}
    draft["nodes"] |= {model["unique_id"]: model for model in (alone, lost)}
    return draft


def test_every_rule_can_fail(manifest: Manifest, tmp_path: Path) -> None:
    """A manifest in which all is wrong fails every rule that dbt-bouncer.yml lists."""
    rules = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))["manifest_checks"]
    found = failures(broken(manifest), tmp_path)
    assert [rule for position, rule in enumerate(rules) if position not in found] == []
