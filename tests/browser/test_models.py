"""Larger models and validation in a real browser: files in and out, links, a phone in the dark."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from cmn_core.models.file import parse_model
from cmn_core.models.presets import load_preset
from cmn_core.silicon.predict import predictions
from cmn_core.silicon.report import CHIPS, published

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
CHART = '[data-testid="stVegaLiteChart"] svg'
SIDEWAYS = """() => {
    const main = document.querySelector('[data-testid="stMain"]');
    const root = document.documentElement;
    return Math.max(root.scrollWidth - root.clientWidth, main.scrollWidth - main.clientWidth);
}"""


def heading(page: Any, name: str) -> None:
    page.get_by_role("heading", level=1, name=name).wait_for()


def saved(page: Any, button: str, path: Path) -> Any:
    """What the button downloads, as JSON."""
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    download.value.save_as(path)
    return json.loads(path.read_text(encoding="utf-8"))


def test_a_model_is_taken_away_changed_and_brought_back(
    server: Any, visitor: Any, tmp_path: Path
) -> None:
    page = visitor()
    page.goto(f"{server.address}/models?model=vit-moe-b0&weights=SRAM")
    heading(page, "Models")
    page.get_by_text("2 chips").first.wait_for()
    page.locator(CHART).first.wait_for()
    model = saved(page, "Model (JSON)", tmp_path / "model.json")
    assert parse_model(model) == load_preset("vit-moe-b0")
    answer = saved(page, "Answer (JSON)", tmp_path / "answer.json")
    assert answer["hardware"]["memory"] == {"product": "sram", "ffn": "sram"}

    model["name"], model["weight_bits"] = "half of the bits", 4
    own = tmp_path / "own.json"
    own.write_text(json.dumps(model))
    page.goto(f"{server.address}/models?model=a+file+of+your+own&weights=SRAM")
    page.get_by_text("No model yet").wait_for()
    page.locator(".st-key-model_file input[type=file]").set_input_files(own)
    page.get_by_text("half of the bits").wait_for()
    page.locator(CHART).first.wait_for()
    again = saved(page, "Answer (JSON)", tmp_path / "again.json")
    assert again["model"] == "half of the bits"
    assert again["energy_uj"] < answer["energy_uj"]

    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps({**model, "layrs": []}))
    page.locator(".st-key-model_file input[type=file]").set_input_files(wrong)
    page.get_by_text("did you mean 'layers'").wait_for()
    assert page.get_by_test_id("stException").count() == 0


def test_what_validation_shows_is_in_its_address(server: Any, visitor: Any, tmp_path: Path) -> None:
    page = visitor()
    page.goto(f"{server.address}/validation")
    heading(page, "Validation")
    page.get_by_role("radio", name="SRAM, digital").click()
    page.get_by_role("radio", name="Whole network").click()
    page.wait_for_url(lambda url: "chips_of=" in url and "scope=" in url)
    page.reload()
    heading(page, "Validation")
    assert page.get_by_role("radio", name="SRAM, digital").is_checked()
    page.get_by_label("Held-out errors of SRAM, digital").wait_for()
    page.get_by_label("Cells that agree, Whole network").wait_for()

    few = tmp_path / "few.csv"
    few.write_text("\n".join(CHIPS.read_text(encoding="utf-8").splitlines()[:3]) + "\n")
    page.locator("input[type=file]").set_input_files(few)
    answers = saved(page, "Answers (JSON)", tmp_path / "macro.json")
    assert answers == predictions(published()[:2])


def test_both_fit_a_phone_in_the_dark(server: Any, visitor: Any) -> None:
    page = visitor(width=390, scheme="dark")
    for name, toggles in (
        ("models", ("All figures as a table", "Numbers as a table")),
        ("validation", ("Numbers as tables", "Every cell as a table")),
    ):
        page.goto(f"{server.address}/{name}")
        page.locator(CHART).first.wait_for()
        for toggle in toggles:
            page.get_by_text(toggle, exact=True).click()
        page.get_by_test_id("stDataFrame").last.wait_for()
        assert int(page.evaluate(SIDEWAYS)) <= 0, name


def test_a_measured_table_of_ones_own_leads_to_explore(server: Any, visitor: Any) -> None:
    page = visitor()
    page.goto(f"{server.address}/models?model=vit-moe-b0&weights=SRAM")
    heading(page, "Models")
    page.get_by_text("No table yet").wait_for()
    table = ROOT / "assets" / "accuracy" / "b0_nyuv2.csv"
    page.locator(".st-key-own_table_file input[type=file]").set_input_files(table)
    page.get_by_label(re.compile("^Measured mIoU against energy")).first.wait_for()
    page.get_by_role("button", name="the most accurate").click()
    heading(page, "Explore")
    page.get_by_text("Energy (µJ) sim.").first.wait_for()
    assert page.get_by_test_id("stException").count() == 0
