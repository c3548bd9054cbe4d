from cmn_core.studies.artefacts import artefacts


def test_lists_what_there_is_with_its_command(call):
    listed = call("replay", "--json").json
    assert [row["id"] for row in listed] == list(artefacts())
    assert listed[0]["command"].startswith("python -m cmn_core")


def test_says_whether_it_is_what_ships(call, refused):
    assert call("replay", "claims", "--json").json == {
        "name": "claims",
        "same": True,
        "differences": [],
    }
    assert "lists what there is" in refused("replay", "nothing")
